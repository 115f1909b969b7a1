export { findProgram, NATIVE_SERVERS, type StoreKind } from './choose-store.ts'
export { type RunningStore, type StartStoreOptions, startStore } from './start-store.ts'
