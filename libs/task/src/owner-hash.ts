import { createHash } from 'node:crypto'
import { type Owner, ownerKey } from './principal.ts'

export interface OwnerHash {
  /** Two lowercase hex digits. */
  readonly partition: string
  /** For names of keys and fields, since who it is may be long or personal. */
  readonly tag: string
}

/** Owners come again and again. More than these are no gain, and must not fill the memory. */
const MOST_REMEMBERED = 10_000
const remembered = new Map<string, OwnerHash>()

/** What names the owner in the store. Equal exactly when the owners are. */
export function hashOwner(owner: Owner): OwnerHash {
  const key = ownerKey(owner)
  const known = remembered.get(key)
  if (known) return known
  const digest = createHash('sha256').update(key).digest()
  const hash = { partition: digest.toString('hex', 0, 1), tag: digest.toString('base64url').slice(0, 22) }
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  remembered.set(key, hash)
  return hash
}
