import { readdirSync, readFileSync } from 'node:fs'

const TESTS = new URL('./', import.meta.url)
const README = new URL('../README.md', import.meta.url)
const LEDGER = new URL('../../../libs/protocol/README.md', import.meta.url)

const numbered = (letter: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, place) => `${letter}${from + place}`)

/**
 * What MCP asks of a server like this one, by the ids under which its tests and comments name it: which era a request
 * is of (D), tasks of 2025-11-25 (T), tasks of the extension (U), sampling, forms and rounds (P), transports (R), tools
 * and what goes with them (F), who may call and from where (Z).
 */
export const REQUIREMENTS: readonly string[] = [
  ...numbered('D', 1, 7),
  ...numbered('T', 1, 47),
  ...numbered('U', 1, 41),
  ...numbered('P', 1, 28),
  ...numbered('R', 1, 20),
  'R20a',
  ...numbered('R', 21, 31),
  ...numbered('F', 1, 23),
  ...numbered('Z', 2, 4),
  ...numbered('Z', 6, 12),
  ...numbered('Z', 14, 16),
]

export interface Citation {
  readonly id: string
  /** Path from the package. */
  readonly file: string
  readonly title: string
}

/** What the titles of the tests cite: `does what it should [T1 P2]`. */
export function citations(): Citation[] {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  return files.toSorted().flatMap((file) => {
    const source = readFileSync(new URL(file, TESTS), 'utf8')
    return [...source.matchAll(/(['"])((?:(?!\1)[^\\\n]|\\.)+) \[((?:[DTUPRFZ]\d+a? ?)+)\]\1/g)].flatMap(
      ([, , title = '', ids = '']) =>
        ids.split(' ').map((id) => ({ id, file: `src/${file}`, title: withoutEscapes(title) })),
    )
  })
}

const withoutEscapes = (title: string): string => title.replaceAll(/\\(.)/g, '$1')

/** The table of README.md: each requirement with the tests that cite it. */
function requirementsTable(): string {
  const cited = citations()
  const rows = REQUIREMENTS.flatMap((id) => {
    const tests = cited.filter((citation) => citation.id === id)
    const files = Map.groupBy(tests, ({ file }) => file)
    const cells = [...files].map(([file, its]) => {
      const titles = its.map(({ title }) => title.replaceAll('|', '\\|')).join('; ')
      return `[${file.replace('src/', '')}](${file}): ${titles}`
    })
    return cells.length === 0 ? [] : [`| ${id} | ${cells.join('<br>')} |`]
  })
  return ['| Requirement | Tests |', '| --- | --- |', ...rows].join('\n')
}

const BEGIN = '<!-- requirements: written by src/write-requirements.ts -->'
const END = '<!-- end of requirements -->'

/** README.md with the table as it should be. */
export function readmeWithTable(): { readonly url: URL; readonly now: string; readonly wanted: string } {
  const now = readFileSync(README, 'utf8')
  const [before = '', rest = ''] = now.split(BEGIN)
  const after = rest.split(END)[1] ?? ''
  return { url: README, now, wanted: `${before}${BEGIN}\n\n${requirementsTable()}\n\n${END}${after}` }
}

/** Requirements that libs/protocol/README.md says are not served yet, some of them in part. */
export function notServed(): { readonly id: string; readonly isPart: boolean }[] {
  const section = /\n## Not served yet\n(.*?)(?=\n## |$)/s.exec(readFileSync(LEDGER, 'utf8'))?.[1] ?? ''
  return [...section.matchAll(/^- \*\*([^*]+)\*\*/gm)].flatMap(([, ids = '']) => {
    const isPart = ids.endsWith(', in part')
    return ids
      .replace(', in part', '')
      .split(', ')
      .map((id) => ({ id, isPart }))
  })
}
