import type { Undoing } from '@longhaul/runtime'

/** Thrown instead of a call that the workflow, which was ended from outside, had not finished. */
export class CutOff extends Error {
  override readonly name = 'CutOff'

  constructor() {
    super('The workflow was ended before it was over.')
  }
}

/** Whether a call may be made. @throws CutOff when it may not */
export type Begin = (key: string) => void

/** Where nothing holds a step back: its calls are made, and those on record are heard. */
export const free: Begin = () => {}

/** Of a workflow that was ended from outside only what is on record is heard. */
export const onRecord =
  (undoing: Undoing): Begin =>
  (key) => {
    if (!undoing.has(key)) throw new CutOff()
  }
