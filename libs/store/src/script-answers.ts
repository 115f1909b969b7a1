import type { NotSent, Resolution } from '@longhaul/task'

// What scripts that change a task answer by numbers, in words. Any other number: there is no such task, or no such wait.

export const RESOLUTIONS: ReadonlyMap<unknown, Resolution> = new Map([
  [1, 'wake'],
  [2, 'told'],
  [3, 'kept'],
])

export const PAUSE_ANSWERS: ReadonlyMap<unknown, 'paused' | 'apart' | 'full' | 'terminal'> = new Map([
  [1, 'paused'],
  [2, 'paused'],
  [3, 'apart'],
  [-2, 'full'],
  [0, 'terminal'],
])

export const RESUME_ANSWERS: ReadonlyMap<unknown, 'wake' | 'told' | 'not_paused' | 'apart' | 'terminal'> = new Map([
  [1, 'wake'],
  [4, 'told'],
  [2, 'not_paused'],
  [3, 'apart'],
  [0, 'terminal'],
])

export const STEER_ANSWERS: ReadonlyMap<unknown, 'sent' | NotSent> = new Map([
  [1, 'sent'],
  [-2, 'too_many'],
  [0, 'terminal'],
])

export const CANCEL_ANSWERS: ReadonlyMap<unknown, 'cancelled' | 'owing' | 'terminal'> = new Map([
  [1, 'cancelled'],
  [2, 'owing'],
  [0, 'terminal'],
])
