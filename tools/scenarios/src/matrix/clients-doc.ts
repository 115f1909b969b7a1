import { readFileSync } from 'node:fs'
import { renderMatrix } from './render.ts'

const DOC = new URL('../../../../docs/clients.md', import.meta.url)
const BEGIN = '<!-- matrix: written by tools/scenarios/src/matrix/write-clients-doc.ts -->'
const END = '<!-- end of matrix -->'

/** docs/clients.md with the matrix as it should be. */
export function clientsDoc(): { readonly url: URL; readonly now: string; readonly wanted: string } {
  const now = readFileSync(DOC, 'utf8')
  const [before = '', rest = ''] = now.split(BEGIN)
  const after = rest.split(END)[1] ?? ''
  return { url: DOC, now, wanted: `${before}${BEGIN}\n\n${renderMatrix()}\n\n${END}${after}` }
}
