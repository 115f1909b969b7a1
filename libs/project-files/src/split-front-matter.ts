/** The two parts of a file; lines count from 1. */
export interface SplitFile {
  readonly yaml: string
  /** Line of the file on which `yaml` begins. */
  readonly yamlLine: number
  readonly body: string
  /** Line of the `---` before the body. */
  readonly bodyLine: number
  /** Line on which the body itself begins. */
  readonly firstLine: number
}

const FENCE = /^---\s*$/

/**
 * Parts a Markdown file into the YAML between its first two `---` lines and what follows.
 * @returns why not, with its line, where there is no such YAML
 */
export function splitFrontMatter(text: string): SplitFile | { readonly line: number; readonly message: string } {
  const [first = '', ...rest] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (!FENCE.test(first)) {
    return {
      line: 1,
      message: 'The file must begin with a line "---", then "description: …" and other settings, then another "---".',
    }
  }
  const end = rest.findIndex((line) => FENCE.test(line))
  if (end === -1)
    return { line: 1, message: 'The settings have no end: write a line "---" between them and the prompt.' }
  const after = rest.slice(end + 1)
  const bodyLine = end + 2
  const blank = Math.max(
    0,
    after.findIndex((line) => line.trim() !== ''),
  )
  return {
    yaml: rest.slice(0, end).join('\n'),
    yamlLine: 2,
    body: after.join('\n').trim(),
    bodyLine,
    firstLine: bodyLine + 1 + blank,
  }
}
