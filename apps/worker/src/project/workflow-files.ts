import type { Problem } from '@longhaul/task'
import { parseWorkflowFile, type Workflow, type WorkflowLimits } from '@longhaul/workflow'
import { listFiles, readText } from './project-folder.ts'

export interface WorkflowFile {
  /** From the project's folder. */
  readonly path: string
  /** Unless one of the problems is an error. */
  readonly workflow?: Workflow
  readonly problems: readonly Problem[]
}

/** What the files of a project in `workflows` say, in order of their names. */
export function readWorkflowFiles(
  dir: string,
  limits: WorkflowLimits,
): { readonly files: readonly WorkflowFile[]; readonly problems: readonly Problem[] } {
  const { paths, problems } = listFiles(dir, 'workflows', /\.ya?ml$/)
  const files = paths.map((path): WorkflowFile => {
    const text = readText(dir, path)
    return typeof text === 'string' ? { path, ...parseWorkflowFile(text, path, limits) } : { path, problems: [text] }
  })
  return { files, problems }
}
