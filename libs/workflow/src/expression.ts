import { data, Evaluator, type Expr, ExpressionError, Lexer, Parser } from '@actions/expressions'
import type { Json } from '@longhaul/task'
import { toData, toJson } from './expression-data.ts'
import { type Name, namesIn, STATUS_FUNCTIONS, type StatusFunction, unknownFunctionIn } from './expression-names.ts'

/** What is between `${{` and `}}`, parsed. */
export interface Expression {
  readonly text: string
  readonly tree: Expr
  /** What it names, and where, from 0. */
  readonly names: readonly (Name & { readonly offset: number })[]
}

/** Why an expression cannot be used, and where in it, from 0. */
export interface Fault {
  readonly message: string
  readonly offset: number
}

/** What values an expression can name where it stands. */
const CONTEXTS = ['inputs', 'steps', 'item', 'index', 'outputs'] as const
export type ContextName = (typeof CONTEXTS)[number]

/** The values that an expression is evaluated with. */
export interface Values {
  readonly contexts: Partial<Readonly<Record<ContextName, Json>>>
  /** Only in a condition. */
  readonly status?: Readonly<Record<StatusFunction, boolean>>
}

export function parseExpression(text: string, maxCharacters: number): Expression | Fault {
  if (text.length > maxCharacters) {
    const limit = `the most is ${maxCharacters} (LONGHAUL_MAX_EXPRESSION_CHARACTERS)`
    return { message: `The expression has ${text.length} characters; ${limit}.`, offset: 0 }
  }
  if (text.trim() === '') return { message: 'There is no expression between ${{ and }}.', offset: 0 }
  try {
    const { tokens } = new Lexer(text).lex()
    // The library turns only the first '' of a text into '.
    for (const token of tokens) if (typeof token.value === 'string') token.value = unquote(token.lexeme)
    const functions = STATUS_FUNCTIONS.map((name) => ({ name, minArgs: 0, maxArgs: 0 }))
    const tree = new Parser(tokens, [...CONTEXTS], functions).parse()
    const unknown = unknownFunctionIn(tree)
    if (unknown)
      return { message: `Unrecognized function: '${unknown.lexeme}'.`, offset: offsetIn(text, unknown.range.start) }
    return { text, tree, names: namesIn(tree).map((name) => ({ ...name, offset: offsetIn(text, name.at) })) }
  } catch (error) {
    if (error instanceof ExpressionError) return { message: `${error.message}.`, offset: offsetIn(text, error.pos) }
    const [, message = String(error), place = '1'] =
      /^(.*?)\. Located at position (\d+)/s.exec((error as Error).message) ?? []
    return { message: `${message}.`, offset: Number(place) - 1 }
  }
}

/** @throws Error when a function cannot take what it is given */
export function evaluate(expression: Expression, values: Values): data.ExpressionData {
  const pairs = Object.entries(values.contexts).map(([key, value]) => ({ key, value: toData(value) }))
  const status = Object.entries(values.status ?? {}).map(([name, is]) => [
    name,
    { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(is) },
  ])
  const functions = new Map([...Object.entries(JSON_FUNCTIONS), ...status] as [string, Func][])
  try {
    return new Evaluator(expression.tree, new data.Dictionary(...pairs), functions).evaluate()
  } catch (error) {
    throw new Error(`\${{ ${expression.text.trim()} }} cannot be evaluated: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

type Func = NonNullable<ConstructorParameters<typeof Evaluator>[2]> extends Map<string, infer F> ? F : never

/** Like the library's, but for objects that keep all their names. */
const JSON_FUNCTIONS: Readonly<Record<string, Func>> = {
  fromjson: {
    ...{ name: 'fromJSON', minArgs: 1, maxArgs: 1 },
    call: (text) => toData(JSON.parse(text?.coerceString() ?? '') as Json),
  },
  tojson: {
    ...{ name: 'toJSON', minArgs: 1, maxArgs: 1 },
    call: (value) => new data.StringData(JSON.stringify(value ? toJson(value) : null, null, 2)),
  },
}

/** What a string literal stands for; other tokens with a text as value have none of these. */
const unquote = (lexeme: string): string => lexeme.slice(1, -1).replaceAll("''", "'")

function offsetIn(text: string, { line, column }: { readonly line: number; readonly column: number }): number {
  const before = text.split('\n').slice(0, line)
  return before.reduce((sum, { length }) => sum + length + 1, column)
}
