import { legacy, RPC, RpcError, type RpcRequest, type RpcResponse, toResult } from '@longhaul/protocol'
import type { JsonObject, Principal } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { VERSION } from '../version.ts'

/** They are kept with the session, and are some dozen names. */
const MOST_CAPABILITY_BYTES = 16 * 1024

export interface OpenSession {
  readonly request: RpcRequest
  readonly principal: Principal
  /** Of the session. */
  readonly id: string
}

/** `initialize`. @returns its response @throws RpcError -32602; -31000 when its owner has too many */
export async function openSession(deps: Deps, { request, principal, id }: OpenSession): Promise<RpcResponse> {
  const params = legacy.parseParams('initialize', request)
  const protocolVersion = legacy.negotiate(params.protocolVersion)
  const capabilities = params.capabilities as JsonObject
  const bytes = Buffer.byteLength(JSON.stringify(capabilities))
  if (bytes > MOST_CAPABILITY_BYTES) {
    const message = `Invalid params of initialize: capabilities are ${bytes} bytes; the most is ${MOST_CAPABILITY_BYTES}.`
    throw new RpcError(RPC.invalidParams, message)
  }
  const session = { id, owner: principal.owner, openedAt: Date.now(), protocolVersion, capabilities }
  if (!(await deps.sessions.open(session))) throw tooMany(deps)
  return toResult(request.id, {
    protocolVersion,
    capabilities: legacy.toServerCapabilities(legacy.featuresOf(protocolVersion)),
    serverInfo: { name: 'longhaul', version: VERSION },
  })
}

function tooMany({ settings: { maxSessions } }: Deps): RpcError {
  return new RpcError(
    RPC.application,
    `You have ${maxSessions} sessions, as many as one caller may have (LONGHAUL_MAX_SESSIONS). End one with DELETE, or with its stream over HTTP+SSE; one that is not used ends by itself (LONGHAUL_SESSION_TTL_MS).`,
  )
}
