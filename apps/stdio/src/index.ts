export { type Address, type Endpoint, fixedEndpoint, UnreachableError, type Want } from './endpoint.ts'
export { serveStdio } from './serve-stdio.ts'
