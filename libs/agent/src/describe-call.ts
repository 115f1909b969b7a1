import type { JsonObject } from '@longhaul/task'

/** Characters of the arguments that a person is shown who must decide whether to repeat a call. */
const ARGUMENTS_SHOWN = 300

/** How a person is told of a call. */
export function describeCall(tool: string, args: JsonObject): string {
  const json = JSON.stringify(args)
  const shown = json.length > ARGUMENTS_SHOWN ? `${json.slice(0, ARGUMENTS_SHOWN)}…` : json
  return `the call of ${tool} with ${shown}`
}
