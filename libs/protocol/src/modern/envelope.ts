import { type JsonObject, LOG_LEVELS, type LogLevel } from '@longhaul/task'
import { z } from 'zod'
import { describeFaults } from '../faults.ts'
import { isRequestId, RPC, type RpcRequest } from '../json-rpc.ts'
import { EnvelopeError } from './error.ts'
import { META } from './meta.ts'

/** What every request says of itself; nothing is remembered from one to the next (R30). */
export interface Envelope {
  readonly version: string
  readonly capabilities: JsonObject
  /** The least level of log messages that the client wants of this request; none where it is absent (F5). */
  readonly logLevel?: LogLevel
  readonly progressToken?: string | number
}

const PROGRESS_TOKEN = z.custom<string | number>(isRequestId, 'expected an integer, or a string of moderate length')
const PARAMS = z.looseObject({
  _meta: z.looseObject({
    [META.protocolVersion]: z.string(),
    [META.clientCapabilities]: z.looseObject({}),
    [META.clientInfo]: z.looseObject({ name: z.string(), version: z.string() }).optional(),
    [META.logLevel]: z.enum(LOG_LEVELS).optional(),
    progressToken: PROGRESS_TOKEN.optional(),
  }),
})

/** @throws EnvelopeError -32602 that names the member */
export function parseEnvelope({ method, params }: RpcRequest): Envelope {
  const parsed = PARAMS.safeParse(params ?? {})
  if (!parsed.success) {
    throw new EnvelopeError(RPC.invalidParams, `Invalid params of ${method}: ${describeFaults(parsed.error)}.`)
  }
  const { _meta: meta } = parsed.data
  const { progressToken } = meta
  const logLevel = meta[META.logLevel]
  return {
    version: meta[META.protocolVersion],
    capabilities: meta[META.clientCapabilities] as JsonObject,
    ...(logLevel !== undefined && { logLevel }),
    ...(progressToken !== undefined && { progressToken }),
  }
}
