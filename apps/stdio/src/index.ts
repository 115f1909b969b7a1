export { type Address, type Endpoint, fixedEndpoint, UnreachableError, type Want } from './endpoint.ts'
export { Http, messagesOf } from './http.ts'
export { serveStdio } from './serve-stdio.ts'
