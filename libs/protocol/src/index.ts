export * from './json-rpc.ts'
export * as legacy from './legacy/index.ts'
