import { resolve } from 'node:path'
import { formatProblem, readSettings } from '@longhaul/task'
import { checkProjectFolder, readWorkflowFiles } from '@longhaul/worker'
import { mermaid } from '@longhaul/workflow'

/** Prints a workflow as a Mermaid flowchart. @throws Error that says what there is instead, or what is wrong with it */
export function printGraph(name: string, project: string): void {
  const dir = resolve(project)
  checkProjectFolder(dir)
  const { files, problems: ofFolder } = readWorkflowFiles(dir, readSettings(process.env))
  const workflows = files.flatMap(({ workflow }) => workflow ?? [])
  const workflow = workflows.find((one) => one.name === name)
  if (workflow) {
    process.stdout.write(mermaid(workflow))
    return
  }
  const problems = [...ofFolder, ...files.flatMap((file) => file.problems)]
  const known = workflows.length > 0 ? `There is ${workflows.map((one) => one.name).join(', ')}.` : 'There is none.'
  throw new Error([`The project has no workflow '${name}'. ${known}`, ...problems.map(formatProblem)].join('\n  '))
}
