import type { JsonObject, Question } from '@longhaul/task'
import { asObject } from '../as-object.ts'
import type { Features } from './version.ts'

/** Which of our requests a client may answer with a task of its own, and whether that can be cancelled (T45). */
export interface Hosting {
  readonly methods: ReadonlySet<Question['method']>
  readonly isCancellable: boolean
}

/** Undefined where a client hosts nothing. */
export function toHosting({ tasks }: JsonObject, features: Features): Hosting | undefined {
  const declared = features.tasks ? asObject(tasks) : undefined
  const requests = asObject(declared?.requests)
  const methods = new Set<Question['method']>()
  if (asObject(asObject(requests?.sampling)?.createMessage)) methods.add('sampling/createMessage')
  if (asObject(asObject(requests?.elicitation)?.create)) methods.add('elicitation/create')
  return methods.size > 0 ? { methods, isCancellable: asObject(declared?.cancel) !== undefined } : undefined
}
