import type { Audience, JsonObject } from '@longhaul/task'
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

/** Which questions a client can answer, from the capabilities it declared (P1, P21). */
export function toAudience(capabilities: JsonObject, features: Features): Audience {
  const sampling = asObject(capabilities.sampling)
  const elicitation = asObject(capabilities.elicitation)
  // An empty elicitation capability means forms.
  const hasForms = elicitation && (asObject(elicitation.form) || !asObject(elicitation.url))
  return {
    sampling: !sampling ? 'none' : features.samplingTools && asObject(sampling.tools) ? 'tools' : 'plain',
    elicitation: Boolean(features.structured && hasForms),
    ...(features.urlElicitation && asObject(elicitation?.url) && { url: true }),
    ...(asObject(capabilities.roots) && { roots: true }),
  }
}

const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
