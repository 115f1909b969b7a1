import type { CatalogEntry } from './catalog.ts'
import type { TaskHead } from './task.ts'

/** What is in the head of a task because of its tool, as that is announced now. */
export const headOfTool = ({ definition, version, pin, queue, steerable, undoes, effectsStay }: CatalogEntry) =>
  ({
    definition,
    ...(version !== undefined && { version }),
    ...(pin && { pinned: pin.hash }),
    queue,
    ...(steerable && { steerable: true }),
    ...(undoes && { undoable: true }),
    ...(effectsStay && { effectsStay: true }),
  }) satisfies Partial<TaskHead>
