import type { Problem } from '@longhaul/task'
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'

/** A member of a JSON object, with the places of its name and its value. */
export interface Member {
  readonly name: string
  readonly at: Node
  readonly value: Node
}

/**
 * A JSON file whose values know their line, so that each mistake can name it.
 * Comments and trailing commas are accepted, as editors accept them in such files.
 */
export class JsonSource {
  readonly root: Node | undefined
  readonly problems: Problem[] = []
  readonly #text: string
  readonly #file: string

  constructor(text: string, file: string) {
    this.#text = text.replace(/^\uFEFF/, ' ')
    this.#file = file
    const errors: ParseError[] = []
    const root = parseTree(this.#text, errors, { allowTrailingComma: true })
    const [first] = errors
    // What follows a first mistake was guessed by the parser: nothing of it is used.
    this.root = first ? undefined : root
    if (first) this.#add('error', first.offset, `this is not JSON: ${inWords(printParseErrorCode(first.error))}`)
  }

  error(at: Node, message: string): void {
    this.#add('error', at.offset, message)
  }

  warn(at: Node, message: string): void {
    this.#add('warning', at.offset, message)
  }

  /** Where a value stands, for whoever finds a mistake in it later. `line` counts from 1. */
  place(at: Node): { readonly file: string; readonly line: number } {
    return { file: this.#file, line: lineAt(this.#text, at.offset) }
  }

  #add(severity: Problem['severity'], offset: number, message: string): void {
    this.problems.push({ file: this.#file, line: lineAt(this.#text, offset), message, severity })
  }
}

/** The members of an object in their order, repeated names included; empty for any other value. */
export function membersOf(node: Node): Member[] {
  if (node.type !== 'object') return []
  return (node.children ?? []).flatMap(({ children: [at, value] = [] }) =>
    at && value ? [{ name: String(at.value), at, value }] : [],
  )
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** `CommaExpected` as "comma expected". */
const inWords = (code: string): string => code.replace(/\B[A-Z]/g, (letter) => ` ${letter}`).toLowerCase()
