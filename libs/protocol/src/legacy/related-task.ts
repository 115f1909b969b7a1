import type { JsonObject } from '@longhaul/task'

const RELATED_TASK = 'io.modelcontextprotocol/related-task'

/** Marks a message as belonging to a task (T22, T27); other metadata is kept. */
export const relatedTo = (taskId: string, meta?: JsonObject): JsonObject => ({ ...meta, [RELATED_TASK]: { taskId } })
