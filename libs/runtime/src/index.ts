export { type ActivateOptions, activate, type Running } from './activate.ts'
export type { AnySchema } from './any-schema.ts'
export type { AsJson } from './as-json.ts'
export { type BudgetLimit, budgetLimitOf, describeLimit } from './budget-limit.ts'
export type { Callees } from './call.ts'
export { toCatalogEntry } from './catalog-entry.ts'
export type { Completer, Completers } from './completion.ts'
export type {
  CallOptions,
  Context,
  ElicitReply,
  ElicitRequest,
  ElicitUrlReply,
  ElicitUrlRequest,
  SampleRequest,
  StepHandle,
  StepOptions,
  Undoing,
  WaitOptions,
} from './context.ts'
export { definePrompt, type PromptDefinition, type PromptMessage, type PromptOutput } from './define-prompt.ts'
export { defineResource, type FixedResource, type ListedResource, type ResourceTemplate } from './define-resource.ts'
export { defineTool, type ToolDefinition } from './define-tool.ts'
export {
  NonRetryableError,
  OutcomeUnknownError,
  ProtocolError,
  RetryableError,
  StepError,
  TimeoutError,
  UndoneError,
} from './errors.ts'
export { toFormSchema } from './form-schema.ts'
export type { Ended } from './life.ts'
export {
  aroundModel,
  aroundRemoteTool,
  aroundTool,
  defineMiddleware,
  type Middleware,
  type ModelTurn,
  type RemoteToolCall,
  type ToolRun,
} from './middleware.ts'
export type { Generate, ModelChooser } from './models.ts'
export type { ResourceContents, ResourceOutput } from './resource-contents.ts'
export { pauseMs, type RetryPolicy, toPolicy } from './retry-policy.ts'
export { type Exposed, isExposed, type Tool } from './tool.ts'
export type { ArgumentsOf, ResultOf, StructuredResult, ToolOutput, TypedTool } from './typed-tool.ts'
export { type RequiredPage, UrlElicitationRequiredError } from './url-elicitation-required.ts'
