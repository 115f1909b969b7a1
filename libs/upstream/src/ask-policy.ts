import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ClientCapabilities } from '@modelcontextprotocol/client'
import type { EntryReader } from './entry-reader.ts'

/** What a server may ask of us. Only a call of an exposed tool can be asked; all is refused where nothing is said. */
export interface AskPolicy {
  /** `ask`: a person sees it, may change it, and allows it; `model`: it goes to the model at once. */
  readonly sampling: 'ask' | 'model' | 'deny'
  /** `ask`: the task asks it as its own question. */
  readonly elicitation: 'ask' | 'deny'
  /** file: URIs that the server is told it may work in. */
  readonly roots: readonly string[]
}

export const DENY_ALL: AskPolicy = { sampling: 'deny', elicitation: 'deny', roots: [] }

const SAMPLING = ['ask', 'model', 'deny'] as const
const ELICITATION = ['ask', 'deny'] as const

/** What an entry says of that; absent where it says nothing. */
export function readAskPolicy(entry: EntryReader): { asks?: AskPolicy } {
  if (!['sampling', 'elicitation', 'roots'].some((key) => entry.has(key))) return {}
  const sampling = readWord(entry, 'sampling', SAMPLING) ?? 'deny'
  const elicitation = readWord(entry, 'elicitation', ELICITATION) ?? 'deny'
  if ((sampling !== 'deny' || elicitation !== 'deny') && !entry.has('expose')) {
    const at = entry.at(sampling === 'deny' ? 'elicitation' : 'sampling')
    entry.warn(at, 'only calls of tools that "expose" selects can be asked something')
  }
  return { asks: { sampling, elicitation, roots: readRoots(entry) } }
}

function readWord<Word extends string>(entry: EntryReader, key: string, words: readonly Word[]): Word | undefined {
  const given = entry.text(key)
  const word = words.find((one) => one === given)
  if (given !== undefined && word === undefined)
    entry.fault(entry.at(key), `"${key}" must be one of ${words.join(', ')}`)
  return word
}

function readRoots(entry: EntryReader): readonly string[] {
  if (entry.json('roots') === 'none') return []
  const roots = entry.texts('roots') ?? []
  const other = roots.find((root) => /^[a-z][a-z0-9+.-]+:/i.test(root) && !root.startsWith('file://'))
  if (other !== undefined) entry.fault(entry.at('roots'), `"roots" has paths and file: URIs, not ${other}`)
  return roots
}

/** The roots as a server is told them. @param dir the project's folder, from which paths count */
export const toRoots = ({ roots }: AskPolicy, dir: string): { readonly uri: string }[] =>
  roots.map((root) => ({ uri: root.startsWith('file://') ? root : pathToFileURL(resolve(dir, root)).href }))

/** What the server is told that it may ask. */
export const toCapabilities = ({ sampling, elicitation, roots }: AskPolicy): ClientCapabilities => ({
  ...(sampling !== 'deny' && { sampling: {} }),
  ...(elicitation !== 'deny' && { elicitation: { form: {}, url: {} } }),
  ...(roots.length > 0 && { roots: {} }),
})

/** What a server is told whose question is none of a call that could pass it on. */
export function whyNot(method: string, { sampling, elicitation }: AskPolicy): string {
  const isAllowed =
    (method === 'sampling/createMessage' && sampling !== 'deny') ||
    (method === 'elicitation/create' && elicitation !== 'deny')
  return isAllowed
    ? `Longhaul does not know in which call of an exposed tool ${method} is asked: none is under way, or several are`
    : `Longhaul does not pass ${method} on to anybody here`
}
