export { parseBatch } from './batch.ts'
export { toAudience, toServerCapabilities } from './capabilities.ts'
export { type ClientTask, parseClientTask, parseCreatedTask } from './client-task.ts'
export { type HostedRequest, type HostedRequestKind, parseHostedRequestId, toHostedRequest } from './hosted-request.ts'
export { type Hosting, toHosting } from './hosting.ts'
export { toLegacyListed } from './listed.ts'
export {
  toElicitationComplete,
  toListChanged,
  toLogNotification,
  toProgressNotification,
  toResourceUpdated,
  toStatusNotification,
} from './notification.ts'
export { toCallToolResult, toToolResult } from './outcome.ts'
export { parseParams } from './params.ts'
export { type Shown, toClientRequest } from './question.ts'
export { isInvalidParams, isUnknownTask, parseReply } from './reply.ts'
export { parseRequestId, type Showing } from './request-id.ts'
export { toServedResult } from './served.ts'
export { type LegacyTask, toCreatedTask, toLegacyTask } from './task.ts'
export { toLegacyTool } from './tool.ts'
export {
  type Features,
  featuresOf,
  isLegacyVersion,
  LEGACY_VERSIONS,
  type LegacyVersion,
  negotiate,
} from './version.ts'
