import * as z from 'zod'

/** Results are taken as they come, in the server's key order; whoever asked looks at what matters. */
export const AnyObject = z.record(z.string(), z.unknown())
