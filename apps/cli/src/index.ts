export {
  type Context,
  defineTool,
  NonRetryableError,
  OutcomeUnknownError,
  ProtocolError,
  RetryableError,
  type RetryPolicy,
  StepError,
  type StepHandle,
  type Tool,
} from '@longhaul/runtime'
