/** What the body of a prompt's file is made of. */
export type Part =
  | { readonly kind: 'text'; readonly role: 'user' | 'assistant'; readonly text: string }
  /** A message of the user with what is behind a URI. */
  | { readonly kind: 'resource'; readonly uri: string }

export interface Mistake {
  /** Of the body, from 1. */
  readonly line: number
  readonly message: string
}

const MARK = /^---\s+(\S+)(?:\s+(\S+))?\s*$/
const PLACEHOLDER = /\{\{\s*([\w-]+)\s*\}\}/g

/**
 * Parts a body at its lines `--- user`, `--- assistant` and `--- resource URI`; without any it is one message of the
 * user. `{{name}}` stands for an argument.
 */
export function toParts(
  body: string,
  names: readonly string[],
): { readonly parts: readonly Part[]; readonly mistakes: readonly Mistake[] } {
  const parts: Part[] = []
  const mistakes: Mistake[] = []
  let role: 'user' | 'assistant' = 'user'
  let lines: string[] = []
  const end = () => {
    const text = lines.join('\n').trim()
    if (text !== '') parts.push({ kind: 'text', role, text })
    lines = []
  }
  for (const [place, line] of body.split('\n').entries()) {
    const complain = (message: string) => mistakes.push({ line: place + 1, message })
    for (const [, name = ''] of line.matchAll(PLACEHOLDER)) {
      if (names.includes(name)) continue
      complain(`There is no argument '${name}': add it to 'arguments', or write one of ${names.join(', ') || 'none'}.`)
    }
    const [, what, uri] = MARK.exec(line) ?? []
    if (what === undefined) {
      lines.push(line)
      continue
    }
    end()
    role = what === 'assistant' ? 'assistant' : 'user'
    if (what === 'resource' && uri !== undefined) parts.push({ kind: 'resource', uri })
    else if ((what !== 'user' && what !== 'assistant') || uri !== undefined)
      complain('Write "--- user", "--- assistant" or "--- resource URI", or fewer dashes.')
  }
  end()
  return { parts, mistakes }
}
