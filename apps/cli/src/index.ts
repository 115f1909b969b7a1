export { type Context, defineTool, ProtocolError, StepError, type StepHandle, type Tool } from '@longhaul/runtime'
