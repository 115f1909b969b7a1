import { completionKey } from '@longhaul/task'
import { type ExposedFacts, expose } from './expose.ts'
import type { Exposed } from './tool.ts'

/** Values that an argument can have, or a function that gives those which fit what was typed so far. */
export type Completer =
  | readonly string[]
  | ((typed: string, others: Readonly<Record<string, string>>) => readonly string[] | Promise<readonly string[]>)

export type Completers = Readonly<Record<string, Completer>>

/** The values that are listed, which the coordinator offers by itself. */
export function listedValues(completers: Completers, name: string): readonly string[] | undefined {
  const completer = Object.hasOwn(completers, name) ? completers[name] : undefined
  return typeof completer === 'function' ? undefined : completer
}

/** @throws Error when a completer is of something that there is not */
export function checkCompleters(completers: Completers, names: readonly string[], where: string): void {
  const unknown = Object.keys(completers).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new Error(`${where}.complete: there is no '${unknown}'; there are ${names.join(', ')}.`)
}

/** What runs the functions among the completers; nothing where there is none. */
export function completionOf(key: string, completers: Completers, { queue }: ExposedFacts): readonly Exposed[] {
  const functions = Object.entries(completers).filter(([, completer]) => typeof completer === 'function')
  if (functions.length === 0) return []
  const completion = expose({
    key: completionKey(key),
    as: { kind: 'completion', of: functions.map(([name]) => name) },
    facts: queue === undefined ? {} : { queue },
    inputSchema: { type: 'object' },
    run: async ({ argument, context }) => {
      const { name, value } = argument as { readonly name: string; readonly value: string }
      const completer = functions.find(([of]) => of === name)?.[1]
      const others = context as Readonly<Record<string, string>>
      return { values: typeof completer === 'function' ? await completer(value, others) : [] }
    },
  })
  return [completion]
}
