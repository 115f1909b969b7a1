import type { JsonObject } from '@longhaul/task'
import { SERVER_CAPABILITIES } from './capabilities.ts'
import { MODERN_VERSIONS } from './version.ts'

/** The body of server/discover: only what requests of this era can use (F1). */
export const DISCOVERY: JsonObject = { supportedVersions: [...MODERN_VERSIONS], capabilities: SERVER_CAPABILITIES }
