import type { Audience, JsonObject } from '@longhaul/task'
import { asObject } from './as-object.ts'

/** Which questions a client can answer, from the capabilities that it declares (P1, P15, P21). */
export function toAudience(capabilities: JsonObject): Audience {
  const sampling = asObject(capabilities.sampling)
  const elicitation = asObject(capabilities.elicitation)
  // An empty elicitation capability means forms.
  const hasForms = elicitation && (asObject(elicitation.form) || !asObject(elicitation.url))
  return {
    sampling: !sampling ? 'none' : asObject(sampling.tools) ? 'tools' : 'plain',
    elicitation: Boolean(hasForms),
    ...(asObject(elicitation?.url) && { url: true }),
    ...(asObject(capabilities.roots) && { roots: true }),
  }
}
