import { readFileSync } from 'node:fs'
import { randomId, type Settings } from '@longhaul/task'
import { assembleForSeveral, assembleScript } from './assemble-script.ts'
import type { StoreClient } from './open-client.ts'

const FOLDER = new URL('./lua/', import.meta.url)

/**
 * One atomic transition each; the file of that name in lua/ says its keys, arguments and answers. `any`: the more tasks are
 * above or below, the more keys.
 */
const KEY_COUNTS = {
  admit: 1,
  adopt: 1,
  append: 2,
  attend: 2,
  'await-budget': 'any',
  beat: 2,
  branch: 'any',
  cancel: 6,
  'carry-over': 3,
  claim: 10,
  close: 'any',
  'close-ask': 'any',
  create: 12,
  defer: 3,
  finish: 8,
  'hand-back': 6,
  hear: 3,
  keep: 1,
  leave: 2,
  lose: 3,
  pause: 5,
  progress: 2,
  raise: 1,
  refuse: 4,
  release: 'any',
  renew: 3,
  resolve: 'any',
  resume: 4,
  say: 2,
  save: 6,
  settle: 17,
  show: 2,
  spend: 'any',
  stall: 2,
  steer: 3,
  strike: 2,
  suspend: 7,
  swap: 1,
  tell: 2,
  'tell-above': 'any',
  turn: 1,
  withdraw: 1,
  'withdrawn-lately': 1,
} as const
export type ScriptName = keyof typeof KEY_COUNTS

/**
 * Also while the memory of the store is full: they free some, or change what is there and add next to nothing. So workers
 * keep their claims and are known to live, and what is over can go.
 */
const EVEN_WHEN_FULL: ReadonlySet<string> = new Set<ScriptName>([
  'beat',
  'cancel',
  'carry-over',
  'close',
  'defer',
  'hand-back',
  'keep',
  'release',
  'renew',
  'settle',
  'stall',
  'turn',
])

/**
 * Their change may be lost without anybody noticing more than a question that is shown twice, or a task that is looked
 * at earlier. What all others change is what tasks are.
 */
const OF_NO_WEIGHT: ReadonlySet<string> = new Set<ScriptName>([
  'admit',
  'adopt',
  'attend',
  'beat',
  'close',
  'defer',
  'keep',
  'leave',
  'lose',
  'progress',
  'renew',
  'say',
  'settle',
  'show',
  'strike',
  'swap',
  'tell',
  'tell-above',
  'turn',
  'withdraw',
  'withdrawn-lately',
])

/**
 * What a worker does with each task, and who submits: several at once go out as one call, which later calls of other
 * scripts may overtake. That does not matter as long as nobody sends two of a task without hearing of the first: who
 * submits or claims waits for the answer, and while a task runs the Writer of libs/runtime sends one write at a time.
 */
const TOGETHER: ReadonlySet<ScriptName> = new Set(['append', 'claim', 'create', 'finish', 'save'] as const)

/** Whether several calls of the script can be one. */
export const goesTogether = (script: ScriptName): boolean => TOGETHER.has(script)

/** Whether what the script changes must outlive whatever `durability` says. */
export const mustLast = (script: ScriptName): boolean => !OF_NO_WEIGHT.has(script)

/** A name for one call, by which its script knows it when it comes twice, since its answer was lost. */
export const newCallName = (): string => randomId(6)

export interface ScriptCall {
  readonly script: ScriptName
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
}

/** Teaches a connection all scripts; each is sent once and called by hash from then on. */
export function defineScripts(client: StoreClient, settings: Pick<Settings, 'eventsPerPartition'>): void {
  const prelude = readFileSync(new URL('prelude.lua', FOLDER), 'utf8')
  const accounts = readFileSync(new URL('accounts.lua', FOLDER), 'utf8')
  const several = readFileSync(new URL('several.lua', FOLDER), 'utf8')
  const head = `${prelude}\n${accounts}`.replace('EVENTS_PER_PARTITION', String(settings.eventsPerPartition))
  for (const [name, numberOfKeys] of Object.entries(KEY_COUNTS)) {
    const flags = EVEN_WHEN_FULL.has(name) ? '#!lua flags=allow-oom\n' : ''
    const source = readFileSync(new URL(`${name}.lua`, FOLDER), 'utf8')
    const lua = flags + assembleScript(head, source)
    client.defineCommand(commandName(name), { lua, ...(numberOfKeys !== 'any' && { numberOfKeys }) })
    if (TOGETHER.has(name as ScriptName))
      client.defineCommand(severalName(name), { lua: assembleForSeveral(head, source, several) })
  }
}

type Command = (...args: (string | number)[]) => Promise<unknown>

/** Calls a script that `defineScripts` taught to `target`, a connection or a pipeline of one. */
export function callScript(target: object, { script, keys, args }: ScriptCall): Promise<unknown> {
  const count = checkedKeyCount(script, keys)
  const command = commandOf(target, commandName(script))
  return count === 'any' ? command.call(target, keys.length, ...keys, ...args) : command.call(target, ...keys, ...args)
}

/** Calls a script that `goesTogether` once for each of these. @returns what each came to, or its error */
export async function callSeveral(
  target: object,
  calls: readonly [ScriptCall, ...ScriptCall[]],
): Promise<readonly unknown[]> {
  const keys: string[] = []
  const args: (string | number)[] = [calls.length]
  for (const call of calls) {
    checkedKeyCount(call.script, call.keys)
    keys.push(...call.keys)
    args.push(call.args.length, ...call.args)
  }
  const command = commandOf(target, severalName(calls[0].script))
  return (await command.call(target, keys.length, ...keys, ...args)) as readonly unknown[]
}

function checkedKeyCount(script: ScriptName, keys: readonly string[]): number | 'any' {
  const count = KEY_COUNTS[script]
  if (count !== 'any' && keys.length !== count) throw new Error(`${script}.lua takes ${count} keys.`)
  return count
}

function commandOf(target: object, name: string): Command {
  const command = (target as Record<string, Command>)[name]
  if (!command) throw new Error(`This connection was not taught ${name}.`)
  return command
}

const commandName = (script: string): string => `longhaul:${script}`
const severalName = (script: string): string => `${commandName(script)}:several`
