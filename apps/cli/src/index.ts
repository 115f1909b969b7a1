export { type Context, defineTool, ProtocolError, StepError, type Tool } from '@longhaul/runtime'
