import type { YamlFile } from '@longhaul/project-files'
import type { Json } from '@longhaul/task'
import { type Expression, parseExpression } from './expression.ts'
import type { Condition, Template } from './template.ts'

type Path = readonly PropertyKey[]

/** What expressions at a place of the file may name. */
export interface Surroundings {
  /** Told of each expression, where in the file it begins, and whether it is a condition. */
  readonly check: (expression: Expression, offset: number, isCondition: boolean) => void
}

/** Reads the values of a file that may have expressions in them. Whatever is wrong with one is a problem of the file. */
export class TemplateReader {
  readonly #file: YamlFile
  readonly #maxCharacters: number

  constructor(file: YamlFile, maxExpressionCharacters: number) {
    this.#file = file
    this.#maxCharacters = maxExpressionCharacters
  }

  read(value: Json, path: Path, around: Surroundings): Template {
    if (typeof value === 'string') return this.#readText(value, path, around)
    if (Array.isArray(value)) {
      return { kind: 'list', items: value.map((item, place) => this.read(item, [...path, place], around)) }
    }
    if (typeof value !== 'object' || value === null) return { kind: 'literal', value }
    const entries = Object.entries(value as { readonly [key: string]: Json })
    return { kind: 'map', entries: entries.map(([key, inner]) => [key, this.read(inner, [...path, key], around)]) }
  }

  /** As in CI files, `${{` and `}}` may be left out. */
  readCondition(text: string, path: Path, around: Surroundings): Condition | undefined {
    const parts = this.#split(text, path)
    const [only] = parts
    if (parts.length !== 1 || only === undefined) {
      this.#file.complain(path, 'The condition is more than one ${{ }}: write all of it into one, or leave ${{ }} out.')
      return undefined
    }
    const { offset } = this.#file.sourceOf(path)
    const inner = typeof only === 'string' ? { text: only, offset: offset + leading(this.#file, path) } : only
    const expression = this.#parse(inner, around, true)
    return expression && { expression, hasStatus: expression.names.some(({ kind }) => kind === 'status') }
  }

  #readText(text: string, path: Path, around: Surroundings): Template {
    const parts = this.#split(text, path)
    const [only] = parts
    if (parts.length === 0 || (parts.length === 1 && typeof only === 'string')) return { kind: 'literal', value: text }
    const read = parts.map((part) => (typeof part === 'string' ? part : this.#parse(part, around)))
    if (parts.length === 1 && typeof read[0] === 'object') return { kind: 'expression', expression: read[0] }
    return { kind: 'text', parts: read.filter((part) => part !== undefined) }
  }

  #parse({ text, offset }: Placed, around: Surroundings, isCondition = false): Expression | undefined {
    const parsed = parseExpression(text, this.#maxCharacters)
    if ('message' in parsed) {
      this.#file.complainAt(offset + parsed.offset, parsed.message)
      return undefined
    }
    around.check(parsed, offset, isCondition)
    return parsed
  }

  /** The text between expressions, and the expressions. */
  #split(text: string, path: Path): readonly (string | Placed)[] {
    const { source, offset } = this.#file.sourceOf(path)
    const parts: (string | Placed)[] = []
    let sourceAt = 0
    let at = 0
    for (let start = text.indexOf(OPEN); start >= 0; start = text.indexOf(OPEN, at)) {
      // Written in the same order in the file, whatever quotes and line breaks YAML has taken out between.
      sourceAt = Math.max(source.indexOf(OPEN, sourceAt), 0) + OPEN.length
      if (start > at) parts.push(text.slice(at, start))
      const end = endOf(text, start + OPEN.length)
      if (end < 0) {
        this.#file.complainAt(offset + sourceAt - OPEN.length, 'There is no }} for this ${{.')
        return []
      }
      parts.push({ text: text.slice(start + OPEN.length, end), offset: offset + sourceAt })
      at = end + CLOSE.length
    }
    if (at < text.length) parts.push(text.slice(at))
    return parts
  }
}

interface Placed {
  readonly text: string
  /** In the file. */
  readonly offset: number
}

const OPEN = '${{'
const CLOSE = '}}'

/** Where the expression that begins at `start` ends; `}}` inside of a quoted text does not end it. */
function endOf(text: string, start: number): number {
  let isQuoted = false
  for (let at = start; at < text.length; at++) {
    if (text[at] === "'") isQuoted = !isQuoted
    else if (!isQuoted && text.startsWith(CLOSE, at)) return at
  }
  return -1
}

/** Characters that YAML writes before the text itself: a quote, or nothing. */
const leading = (file: YamlFile, path: Path): number => (/^["']/.test(file.sourceOf(path).source) ? 1 : 0)
