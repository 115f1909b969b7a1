import type { JsonObject, Question } from '@longhaul/task'
import { asObject } from '../as-object.ts'
import { TASKS_EXTENSION } from './meta.ts'

/** What server/discover promises; only what is served (F23, U1). */
export const SERVER_CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
  extensions: { [TASKS_EXTENSION]: {} },
} as const satisfies JsonObject

/** Whether the request opts in to tasks; nothing that was said before counts (U2). */
export const declaresTasks = ({ extensions }: JsonObject): boolean =>
  asObject(asObject(extensions)?.[TASKS_EXTENSION]) !== undefined

/** The capability that somebody needs to answer the question, as the name of a member, `sampling.tools` for one inside. */
export function capabilityFor(question: Question, hasTools: boolean): string {
  switch (question.method) {
    case 'elicitation/create':
      return question.mode === 'url' ? 'elicitation.url' : 'elicitation.form'
    case 'roots/list':
      return 'roots'
    case 'sampling/createMessage':
      return hasTools ? 'sampling.tools' : 'sampling'
  }
}

/** `sampling.tools` as the ClientCapabilities object that has it. */
export const requireCapability = (capability: string): JsonObject =>
  capability.split('.').reduceRight<JsonObject>((inner, name) => ({ [name]: inner }), {})

/** What a request must declare to be given a task. */
export const TASKS_REQUIRED: JsonObject = { extensions: { [TASKS_EXTENSION]: {} } }
