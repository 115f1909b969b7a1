import { type Expr, wellKnownFunctions } from '@actions/expressions'
import {
  Binary,
  ContextAccess,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Unary,
} from '@actions/expressions/ast'
import type { Pos, Token } from '@actions/expressions/lexer'

export const STATUS_FUNCTIONS = ['success', 'failure', 'always', 'cancelled'] as const
export type StatusFunction = (typeof STATUS_FUNCTIONS)[number]

/** Something that an expression names, and where in its text; lines and columns from 0. */
export type Name =
  /** `steps.build.outputs` is context `steps` with path `build`, `outputs`; `*` and computed parts end the path. */
  | { readonly kind: 'context'; readonly context: string; readonly path: readonly string[]; readonly at: Pos }
  | { readonly kind: 'status'; readonly name: StatusFunction; readonly at: Pos }

export function namesIn(tree: Expr): readonly Name[] {
  if (tree instanceof ContextAccess) return [toContext(tree, [])]
  if (tree instanceof IndexAccess) return namesOfAccess(tree)
  if (tree instanceof FunctionCall) {
    const name = tree.functionName.lexeme.toLowerCase() as StatusFunction
    const own: Name[] = STATUS_FUNCTIONS.includes(name)
      ? [{ kind: 'status', name, at: tree.functionName.range.start }]
      : []
    return [...own, ...tree.args.flatMap(namesIn)]
  }
  return partsOf(tree).flatMap(namesIn)
}

/** A function that there is none of. The library takes what every object of JavaScript has for one. */
export function unknownFunctionIn(tree: Expr): Token | undefined {
  if (tree instanceof FunctionCall) {
    const name = tree.functionName.lexeme.toLowerCase()
    const isKnown = Object.hasOwn(wellKnownFunctions, name) || STATUS_FUNCTIONS.includes(name as StatusFunction)
    if (!isKnown) return tree.functionName
  }
  for (const part of partsOf(tree)) {
    const found = unknownFunctionIn(part)
    if (found) return found
  }
  return undefined
}

function partsOf(tree: Expr): readonly Expr[] {
  if (tree instanceof Unary) return [tree.expr]
  if (tree instanceof Binary) return [tree.left, tree.right]
  if (tree instanceof Logical || tree instanceof FunctionCall) return tree.args
  if (tree instanceof Grouping) return [tree.group]
  if (tree instanceof IndexAccess) return [tree.expr, tree.index]
  return []
}

/** The path as far as it is written out; what is computed names things of its own. */
function namesOfAccess(access: IndexAccess): readonly Name[] {
  const path: string[] = []
  const computed: Expr[] = []
  let inner: Expr = access
  while (inner instanceof IndexAccess) {
    const { index } = inner
    if (index instanceof Literal) path.unshift(index.literal.coerceString())
    else {
      path.length = 0
      computed.unshift(index)
    }
    inner = inner.expr
  }
  const names = computed.flatMap(namesIn)
  return inner instanceof ContextAccess ? [toContext(inner, path), ...names] : [...namesIn(inner), ...names]
}

const toContext = ({ name }: ContextAccess, path: readonly string[]): Name => ({
  kind: 'context',
  context: name.lexeme.toLowerCase(),
  path,
  at: name.range.start,
})
