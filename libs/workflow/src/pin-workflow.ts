import { type Pin, toPin } from '@longhaul/task'
import type { Workflow } from './workflow.ts'

/** A workflow as it is kept for its tasks: its file. */
export interface PinnedWorkflow {
  readonly kind: 'workflow'
  readonly file: string
  readonly text: string
}

export const pinWorkflow = ({ file, text }: Workflow): Pin =>
  toPin({ kind: 'workflow', file, text } satisfies PinnedWorkflow)
