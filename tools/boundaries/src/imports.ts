import { parseSync, Visitor } from 'oxc-parser'

/** One place where a source names another module. */
export interface ImportSite {
  /** As written: `./task.ts`, `node:fs`, `@longhaul/task`. */
  readonly specifier: string
  /** From 1. */
  readonly line: number
}

/**
 * Every module that a source names in a literal: import and export declarations (types included), `import()`,
 * `import('x').T`, and the resolving calls of Node (`require`, `require.resolve`, `createRequire(here)`,
 * `import.meta.resolve`).
 *
 * @throws Error with file and message when the source is not valid TypeScript or JavaScript.
 */
export function findImports(path: string, source: string): readonly ImportSite[] {
  const { program, errors } = parseSync(path, source)
  const [error] = errors
  if (error !== undefined) throw new Error(`${path} cannot be parsed: ${error.message}`)

  const sites: ImportSite[] = []
  const add = (
    node: { readonly type: string; readonly start: number; readonly value?: unknown } | null | undefined,
  ) => {
    if (node?.type !== 'Literal' || typeof node.value !== 'string') return
    sites.push({ specifier: node.value, line: source.slice(0, node.start).split('\n').length })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
    CallExpression: (node) => {
      if (RESOLVING_CALL.test(source.slice(node.callee.start, node.callee.end))) add(node.arguments[0])
    },
  }).visit(program)
  return sites
}

const RESOLVING_CALL = /^(require|require\.resolve|import\.meta\.resolve|createRequire\([^()]*\)(\.resolve)?)$/
