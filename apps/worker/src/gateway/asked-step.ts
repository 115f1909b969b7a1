import type { ServerAsk, UpstreamTool } from '@longhaul/upstream'

/** Something that a server asks of a task, as a step of that. */
export interface AskedStep {
  readonly upstream: UpstreamTool
  readonly ask: Pick<ServerAsk, 'method' | 'params'>
  /** Unique in the task, and the same whenever the same is asked again. */
  readonly key: string
  /** Absent where nothing is held meanwhile. */
  readonly deadlineMs?: number
  /** Told by which id a page was shown. */
  readonly onPage?: (elicitationId: string) => void
}
