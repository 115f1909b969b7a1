import { createHash } from 'node:crypto'

/** A definition as data, by its content hash. The store keeps it until the last task that was made for it is removed. */
export interface Pin {
  readonly hash: string
  /** Of no interest to anybody but the workers. */
  readonly content: string
}

const HASH_CHARACTERS = 16

/** @param definition as JSON can have it */
export function toPin(definition: object): Pin {
  const content = JSON.stringify(definition)
  return { hash: createHash('sha256').update(content).digest('base64url').slice(0, HASH_CHARACTERS), content }
}
