import { isUtf8 } from 'node:buffer'
import { RPC, RpcError } from './json-rpc.ts'

/**
 * Levels of nesting that a message may have. People write a dozen; what walks a value recursively, here, in the store
 * and in tools, breaks at some thousands.
 */
const MOST_NESTING = 200

/** @throws RpcError -32700 when it is not JSON, -32600 when it is nested too deeply */
export function parseJson(text: string): unknown {
  if (isNestedDeeper(text, MOST_NESTING)) {
    throw new RpcError(RPC.invalidRequest, `The message is nested more than ${MOST_NESTING} levels deep.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new RpcError(RPC.parseError, 'The message is not JSON.')
  }
}

/** Text as MCP has it (R3): what is read with replacements would be another message. @throws RpcError -32700 */
export function decodeUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  throw new RpcError(RPC.parseError, 'The message is not UTF-8.')
}

const QUOTE = '"'.charCodeAt(0)
const BACKSLASH = '\\'.charCodeAt(0)
const OPENING = new Set(['[', '{'].map((bracket) => bracket.charCodeAt(0)))
const CLOSING = new Set([']', '}'].map((bracket) => bracket.charCodeAt(0)))

function isNestedDeeper(text: string, most: number): boolean {
  // Each level takes two characters.
  if (text.length <= 2 * most) return false
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === QUOTE) isInString = !isInString
    else if (isInString) at += character === BACKSLASH ? 1 : 0
    else if (OPENING.has(character) && ++depth > most) return true
    else if (CLOSING.has(character)) depth--
  }
  return false
}
