import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { type JsonObject, type Owner, ownerKey } from '@longhaul/task'
import { RPC, RpcError } from '../json-rpc.ts'

/** What a client carries from one round of a call to the next, and cannot change (P16). */
export interface CallState {
  readonly taskId: string
  /** Keys of the questions of the round. */
  readonly asked: readonly string[]
  /** Unix ms. */
  readonly expiresAt: number
}

/** What a state is bound to: nobody else, and no other call, can go on with it. */
export interface BoundTo {
  readonly owner: Owner
  readonly tool: string
  readonly args: JsonObject
}

/** @param secret known to all coordinators of an installation */
export function sealState(state: CallState, bound: BoundTo, secret: string): string {
  const { taskId, asked, expiresAt } = state
  const payload = Buffer.from(JSON.stringify([taskId, asked, expiresAt])).toString('base64url')
  return `${payload}.${sign(payload, bound, secret)}`
}

/** @throws RpcError -32602 when it is none of ours, of another call or principal, changed, or too old */
export function openState(text: string, bound: BoundTo, secret: string): CallState {
  const [payload = '', signature = '', ...rest] = text.split('.')
  const given = Buffer.from(signature)
  const expected = Buffer.from(sign(payload, bound, secret))
  // Bytes: of as many characters others have more.
  const isOurs = rest.length === 0 && given.length === expected.length && timingSafeEqual(given, expected)
  if (!isOurs) throw unusable('it was not given out for this call')
  const [taskId, asked, expiresAt] = JSON.parse(Buffer.from(payload, 'base64url').toString())
  if (expiresAt < Date.now()) throw unusable('it is too old')
  return { taskId, asked, expiresAt }
}

function sign(payload: string, { owner, tool, args }: BoundTo, secret: string): string {
  const call = createHash('sha256')
    .update(JSON.stringify([ownerKey(owner), tool, canonical(args)]))
    .digest('base64url')
  return createHmac('sha256', secret).update(`${payload}.${call}`).digest('base64url')
}

/** The same for equal arguments, whatever the order in which a client writes their members. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, canonical(member)])
}

const unusable = (why: string): RpcError =>
  new RpcError(RPC.invalidParams, `The requestState cannot be used: ${why}. Call again without it.`)
