import { type FailureMarks, randomId } from '@longhaul/task'
import { checkPageUrl } from './elicit-url.ts'
import { ProtocolError } from './errors.ts'

/** A page that a person must have dealt with before a call can be made. */
export interface RequiredPage {
  /** Why the person should open it. */
  readonly message: string
  /** As in `ctx.elicitUrl`. */
  readonly url: string
  /** By which `ctx.elicited` says that it is done; one that nobody can guess when absent. */
  readonly elicitationId?: string
}

/** MCP's URLElicitationRequiredError. */
const URL_ELICITATION_REQUIRED = -32042

/**
 * Thrown by a tool that has done nothing yet, and cannot before a person has dealt with pages elsewhere. The task fails.
 * A client that shows pages is given them, and may make its call again; any other reads them in the message. A tool that
 * can wait asks with `ctx.elicitUrl` instead.
 */
export class UrlElicitationRequiredError extends ProtocolError implements FailureMarks {
  /** In a step: a person has to act first. */
  readonly retryable = false

  constructor(pages: readonly [RequiredPage, ...RequiredPage[]]) {
    const elicitations = pages.map(({ message, url, elicitationId = randomId(18) }) => {
      checkPageUrl(url)
      return { mode: 'url', message, url, elicitationId }
    })
    const list = pages.map(({ message, url }) => `${message} ${url}`).join('; ')
    super(URL_ELICITATION_REQUIRED, `A person has to open a page first, then call again: ${list}`, { elicitations })
  }
}
