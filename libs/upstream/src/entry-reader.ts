import { getNodeValue, type Node } from 'jsonc-parser'
import { type JsonSource, type Member, membersOf } from './json-source.ts'
import { type Environment, expandVariables } from './variables.ts'

/**
 * Reads the members of one server's entry, with variables expanded in every text. A getter returns undefined where the
 * member is absent or, after a fault was noted, where it is not of the kind asked for.
 */
export interface EntryReader {
  readonly members: readonly Member[]
  /** False once a fault was noted. */
  readonly isUsable: boolean
  has(key: string): boolean
  /** Where a member stands, or the entry itself where it is absent. */
  at(key: string): Node
  text(key: string): string | undefined
  texts(key: string): string[] | undefined
  textMap(key: string): Record<string, string> | undefined
  flag(key: string): boolean | undefined
  number(key: string): number | undefined
  /** The member as it is written, without variables expanded. */
  json(key: string): unknown
  /** A mistake that costs the server. */
  fault(at: Node, message: string): void
  warn(at: Node, message: string): void
}

/** @returns undefined, with the problem noted, where the entry is not an object. */
export function readEntry({ name, at, value }: Member, source: JsonSource, env: Environment): EntryReader | undefined {
  const subject = `the server "${name}"`
  if (value.type !== 'object') {
    source.error(value, `${subject} must be an object, for example { "command": "npx", "args": ["some-server"] }`)
    return undefined
  }
  const members = membersOf(value)
  let isUsable = true
  const fault = (where: Node, message: string) => {
    isUsable = false
    source.error(where, `${subject} is left out: ${message}`)
  }
  // As in JSON.parse, the last of several members of one name counts.
  const find = (key: string) => members.findLast((member) => member.name === key)?.value
  const read = <T>(key: string, wanted: string, convert: (node: Node) => T | undefined): T | undefined => {
    const node = find(key)
    if (!node) return undefined
    const converted = convert(node)
    if (converted === undefined) fault(node, `"${key}" must be ${wanted}`)
    return converted
  }
  const expand = (node: Node): string | undefined => {
    if (typeof node.value !== 'string') return undefined
    const { value: expanded, faults } = expandVariables(node.value, env)
    for (const message of faults) fault(node, message)
    return expanded
  }
  return {
    members,
    get isUsable() {
      return isUsable
    },
    has: (key) => find(key) !== undefined,
    at: (key) => find(key) ?? at,
    text: (key) => read(key, 'a text', expand),
    texts: (key) =>
      read(key, 'an array of texts', (node) =>
        node.type === 'array' ? allOf(node.children ?? [], expand) : undefined,
      ),
    textMap: (key) =>
      read(key, 'an object of texts', (node) => {
        if (node.type !== 'object') return undefined
        const pairs = allOf(membersOf(node), (member) => {
          const text = expand(member.value)
          return text === undefined ? undefined : ([member.name, text] as const)
        })
        return pairs && Object.fromEntries(pairs)
      }),
    flag: (key) => read(key, 'true or false', (node) => (typeof node.value === 'boolean' ? node.value : undefined)),
    number: (key) => read(key, 'a number', (node) => (typeof node.value === 'number' ? node.value : undefined)),
    json: (key) => {
      const node = find(key)
      return node && getNodeValue(node)
    },
    fault,
    warn: (where, message) => source.warn(where, `${subject}: ${message}`),
  }
}

/** Every item converted, or undefined where one cannot be. */
function allOf<T, U>(items: readonly T[], convert: (item: T) => U | undefined): U[] | undefined {
  const converted = items.map(convert)
  return converted.every((item) => item !== undefined) ? converted : undefined
}
