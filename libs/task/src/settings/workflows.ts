import { integer } from './setting.ts'

export const WORKFLOWS = {
  workflowConcurrency: integer(
    'LONGHAUL_WORKFLOW_CONCURRENCY',
    10,
    'Items of a step of a workflow that are at work at once, where the step does not say.',
  ),
  maxWorkflowItems: integer(
    'LONGHAUL_MAX_WORKFLOW_ITEMS',
    500,
    'Most items that a step of a workflow may be done for.',
  ),
  maxWorkflowSteps: integer('LONGHAUL_MAX_WORKFLOW_STEPS', 200, 'Most steps that the file of a workflow may have.'),
  maxWorkflowFileBytes: integer('LONGHAUL_MAX_WORKFLOW_FILE_BYTES', 256 * 1024, 'Largest file of a workflow.'),
  maxExpressionCharacters: integer(
    'LONGHAUL_MAX_EXPRESSION_CHARACTERS',
    4096,
    'Longest expression of a workflow, without the braces.',
    { most: 20_000 },
  ),
}
