import { byPlace, type Problem } from '@longhaul/task'
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

type Path = readonly PropertyKey[]

/** Where something stands in its file, both from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface YamlFileOptions {
  /** Line of the file on which the YAML begins, where something comes before it. */
  readonly firstLine?: number
}

const NOT_READABLE = 'This is not YAML that can be read'
/** What most often helps. */
const QUOTE = 'Put a value in quotes that begins with * ! & or has ": " in it.'

/** A YAML file, what it says, and what is wrong with it and where. */
export class YamlFile {
  readonly file: string
  readonly #text: string
  readonly #firstLine: number
  readonly #document: Document
  readonly #lines = new LineCounter()
  readonly #problems: Problem[] = []

  /** @param file path that the problems name */
  constructor(text: string, file: string, { firstLine = 1 }: YamlFileOptions = {}) {
    this.file = file
    this.#text = text
    this.#firstLine = firstLine
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings])
      this.complainAt(pos[0], `${NOT_READABLE}: ${message}. ${QUOTE}`)
  }

  /** In the order of the file. */
  get problems(): readonly Problem[] {
    return this.#problems.toSorted(byPlace)
  }

  get isFaulty(): boolean {
    return this.#problems.length > 0
  }

  /** What it says, as JSON, which is null where it says nothing; undefined, with a problem, where it cannot be read. */
  read(): unknown {
    if (this.isFaulty) return undefined
    try {
      return this.#document.toJS()
    } catch (error) {
      // An alias without an anchor, or one that would grow too large, shows only now.
      this.complainAt(0, `${NOT_READABLE}: ${(error as Error).message}. ${QUOTE}`)
      return undefined
    }
  }

  /** @param path of what is wrong; the nearest thing around it is named where there is no such thing */
  complain(path: Path, message: string): void {
    this.complainAt(this.#offsetOf(path), message)
  }

  complainAt(offset: number, message: string): void {
    this.#problems.push({ file: this.file, ...this.#toPlace(offset), message, severity: 'error' })
  }

  placeOf(path: Path): Place {
    return this.#toPlace(this.#offsetOf(path))
  }

  /** The text at a path as it is written, and where it begins in the file. */
  sourceOf(path: Path): { readonly source: string; readonly offset: number } {
    const [start, end] = this.#find(path)?.value?.range ?? [0, 0]
    return { source: this.#text.slice(start, end), offset: start }
  }

  /** Where a key begins, or an item of a list. */
  #offsetOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const found = this.#find(path.slice(0, length))
      const offset = found && (found.key ?? found.value)?.range?.[0]
      if (offset !== undefined) return offset
    }
    return this.#document.contents?.range?.[0] ?? 0
  }

  #find(path: Path): Found | undefined {
    let found: Found | undefined = toFound(undefined, this.#document.contents)
    for (const part of path) found = this.#findIn(found?.value, part)
    return found
  }

  #findIn(node: Node | undefined, part: PropertyKey): Found | undefined {
    const around = isAlias(node) ? node.resolve(this.#document) : node
    if (isSeq(around)) return toFound(undefined, around.items[Number(part)])
    const pairs = isMap(around) ? around.items : []
    const pair = pairs.find(({ key }) => isScalar(key) && String(key.value) === String(part))
    return pair && toFound(pair.key, pair.value)
  }

  #toPlace(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset)
    return { line: Math.max(line, 1) - 1 + this.#firstLine, column: Math.max(col, 1) }
  }
}

interface Found {
  readonly key?: Node
  readonly value?: Node
}

const toFound = (key: unknown, value: unknown): Found => ({
  ...(isNode(key) && { key }),
  ...(isNode(value) && { value }),
})
