import type { YamlFile } from '@longhaul/project-files'
import { closestName } from '@longhaul/project-files'
import type { z } from 'zod'
import { HOW_TO_WRITE, WORKFLOW_FILE, type WorkflowFile } from './file-format.ts'

type Issue = z.core.$ZodIssue

/** What the file says, or undefined with a problem for everything that cannot be there. */
export function checkFormat(given: unknown, file: YamlFile): WorkflowFile | undefined {
  const checked = WORKFLOW_FILE.safeParse(given)
  for (const issue of checked.error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) file.complain([...issue.path, key], describeUnknown(key, issue.path))
    } else {
      file.complain(issue.path, describeWrong(issue, given))
    }
  }
  return checked.data
}

function describeUnknown(key: string, path: readonly PropertyKey[]): string {
  const known = Object.keys(HOW_TO_WRITE[toPattern(path)] ?? {})
  const meant = closestName(key, known)
  return `'${key}' is not known here. ${meant ? `Did you mean '${meant}'?` : `Known are ${known.join(', ')}.`}`
}

function describeWrong({ path }: Issue, given: unknown): string {
  if (path[0] === 'steps' && path.length === 2)
    return `The step '${String(path[1])}' must have its tool, agent or approval below it, as "tool: NAME".`
  // What is inside of a value that cannot be used is told of the value.
  for (let length = path.length; length > 0; length--) {
    const key = String(path[length - 1])
    const how = HOW_TO_WRITE[toPattern(path.slice(0, length - 1))]?.[key]
    // A word stands for a map there, which nobody has written.
    const isInWord = typeof valueAt(given, path.slice(0, length - 1)) !== 'object'
    if (!how || isInWord) continue
    const isThere = valueAt(given, path.slice(0, length)) !== undefined
    return `'${key}' ${isThere ? 'cannot be this' : 'is missing'}: write ${how}.`
  }
  return 'A workflow is lines of "key: value", such as "description: …" and "steps: …".'
}

/** Ids of steps are the author's own. */
const toPattern = (path: readonly PropertyKey[]): string =>
  path.map((part, place) => (place === 1 && path[0] === 'steps' ? '*' : String(part))).join('.')

const valueAt = (given: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((found: unknown, part) => Object(found)[part], given)
