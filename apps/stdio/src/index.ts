export { type Address, type Endpoint, fixedEndpoint, UnreachableError } from './endpoint.ts'
export { serveStdio } from './serve-stdio.ts'
