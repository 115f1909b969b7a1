export { mermaid } from './mermaid.ts'
export { parseWorkflowFile, type WorkflowLimits } from './parse-workflow-file.ts'
export type { Workflow } from './workflow.ts'
