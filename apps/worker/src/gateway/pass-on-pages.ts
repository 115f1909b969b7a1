import { ProtocolError, StepError, UrlElicitationRequiredError } from '@longhaul/runtime'
import { type ToolResult, toolError } from '@longhaul/task'
import type { RequiredPage, UpstreamTool } from '@longhaul/upstream'

/** MCP's URLElicitationRequiredError. */
const URL_ELICITATION_REQUIRED = -32042

/**
 * Ends the step of a call of which its server has done nothing, and will not before a person has dealt with pages.
 * @returns the error that its call is instead, where its entry passes nothing on, or nobody should be sent to such a page
 * @throws UrlElicitationRequiredError
 */
export function passOnPages(
  { server, name, asks }: UpstreamTool,
  pages: readonly [RequiredPage, ...RequiredPage[]],
): ToolResult {
  const what = `The server ${server} wants a person to open pages before ${name} can be called`
  if (asks.elicitation === 'deny') return toolError(`${what}, which is not passed on: its entry in mcp.json says so.`)
  let error: UrlElicitationRequiredError
  try {
    error = new UrlElicitationRequiredError(pages)
  } catch (fault) {
    return toolError(`${what}, to which nobody is sent: ${fault instanceof Error ? fault.message : String(fault)}`)
  }
  throw error
}

/** Whoever called the task is told of the pages, and may call again, or retry the task. @throws the error otherwise */
export function failWithPages(error: unknown): never {
  if (!(error instanceof StepError) || error.code !== URL_ELICITATION_REQUIRED) throw error
  const failure = new ProtocolError(error.code, error.message, error.data)
  // So that a retry makes the call again.
  failure.cause = error
  throw failure
}
