import type { InDoubt, ToolAnnotations } from '@longhaul/task'

/**
 * What becomes of a call that began and whose outcome nobody knows (invariant 4): it is repeated where the tool says
 * that it only reads or that repeating changes nothing, and the server is one whose word counts; otherwise somebody
 * is asked.
 */
export const inDoubtOf = (annotations: ToolAnnotations | undefined, trusted: boolean): InDoubt =>
  trusted && (annotations?.readOnlyHint === true || annotations?.idempotentHint === true) ? 'repeat' : 'ask'
