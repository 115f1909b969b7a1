import type { Audience, JsonObject } from '@longhaul/task'
import { toAudience as toDeclaredAudience } from '../audience.ts'
import type { Features } from './version.ts'

/** What `initialize` promises; only what is served, and tasks only where the revision has them (T1, T7). */
export const toServerCapabilities = (features: Features): JsonObject => ({
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  logging: {},
  ...(features.completions && { completions: {} }),
  ...(features.tasks && { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } }),
})

/** Which questions a client can answer, from the capabilities it declared and what its revision has (P1, P21). */
export function toAudience(capabilities: JsonObject, features: Features): Audience {
  const { sampling, elicitation, url, roots } = toDeclaredAudience(capabilities)
  return {
    sampling: sampling === 'tools' && !features.samplingTools ? 'plain' : sampling,
    elicitation: elicitation && features.structured,
    ...(url && features.urlElicitation && { url }),
    ...(roots && { roots }),
  }
}
