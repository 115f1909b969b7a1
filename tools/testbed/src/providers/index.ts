export { cut, events, html, json, type ProviderServer, type Reply, startProviderServer } from './provider-server.ts'
export { toEvents, turn } from './streams.ts'
export {
  anthropicAnswer,
  chatAnswer,
  chatCall,
  googleAnswer,
  PIXEL,
  responsesAnswer,
  responsesText,
  TOO_LONG,
  WAYS,
} from './wires.ts'
