export { type ActivateOptions, activate, type Running } from './activate.ts'
export type { Ended } from './activation.ts'
export type { AnySchema } from './any-schema.ts'
export { toCatalogEntry } from './catalog-entry.ts'
export type {
  Context,
  ElicitReply,
  ElicitRequest,
  SampleRequest,
  StepHandle,
  StepOptions,
  WaitOptions,
} from './context.ts'
export { defineTool, type ToolDefinition, type ToolOutput } from './define-tool.ts'
export {
  NonRetryableError,
  OutcomeUnknownError,
  ProtocolError,
  RetryableError,
  StepError,
  TimeoutError,
} from './errors.ts'
export type { Generate, ModelChooser } from './models.ts'
export type { RetryPolicy } from './retry-policy.ts'
export type { Tool } from './tool.ts'
