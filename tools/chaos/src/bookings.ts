import type { Program } from '../project/program.ts'
import type { Random } from './random.ts'

/** What the workflow `bookings` calls for each booking, and to take it back: programs, in tasks of their own. */
export type Bookings = readonly Program[]

export function makeBookings(random: Random): Bookings {
  return Array.from(
    { length: random.int(2, 4) },
    (): Program => [
      { do: 'step', key: 's1', inDoubt: 'repeat', ms: random.int(50, 600), ...(random.chance(0.2) && { failures: 1 }) },
    ],
  )
}

/** As its file has it. */
export const TAKE_BACK: Program = [{ do: 'step', key: 's1', inDoubt: 'repeat', ms: 200 }]

/** Keys of its steps. */
export const bookKey = (place: number): string => `book.${place}`
export const undoKey = (place: number): string => `undo:book.${place}`
export const isUndoKey = (key: string): boolean => key.startsWith('undo:')
/** The question whether the bookings are kept. */
export const KEEP_KEY = 'keep'
