export { toRpcError } from './error.ts'
export * from './json-rpc.ts'
export * as legacy from './legacy/index.ts'
