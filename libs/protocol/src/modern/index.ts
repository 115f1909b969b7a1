export { toAudience } from '../audience.ts'
export { capabilityFor, declaresTasks, requireCapability, TASKS_REQUIRED } from './capabilities.ts'
export { toDiscovery } from './discover.ts'
export { type Envelope, parseEnvelope } from './envelope.ts'
export { isModern } from './era.ts'
export { missingCapabilities, toModernError } from './error.ts'
export { checkParamHeaders, checkRouting, checkVersion, type RequestHeaders } from './headers.ts'
export {
  toAcknowledgement,
  toListChanged,
  toListenResult,
  toLogNotification,
  toProgressNotification,
  toResourceUpdated,
  toTaskNotification,
} from './notification.ts'
export { parseParams } from './params.ts'
export { type Asked, toInputRequests } from './question.ts'
export { composeRequest } from './request.ts'
export { toParamHeaders, toRequestHeaders } from './request-headers.ts'
export { type BoundTo, type CallState, openState, sealState } from './request-state.ts'
export { type ServerInfo, toCacheable, toComplete, toTyped } from './result.ts'
export { toCallResponse, toDetailedTask, toModernTask } from './task.ts'
export { toModernTool } from './tool.ts'
export { isOfModernEra } from './version.ts'
