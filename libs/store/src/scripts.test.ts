import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openStore } from './fixtures/open-store.ts'
import { callScript } from './scripts.ts'

const store = await openStore()
const folder = new URL('./lua/', import.meta.url)
const source = (file: string) => readFileSync(new URL(file, folder), 'utf8')
/** What scripts are put together with. */
const COMMON = ['prelude.lua', 'accounts.lua', 'several.lua']
const files = readdirSync(folder).filter((file) => !COMMON.includes(file))
/** KEYS of the header comment, by their order; after a semicolon those of which there are more or less. */
const keysInHeader = (lua: string) => /^-- KEYS {2}([^;\n]*)/m.exec(lua)?.[1]?.split(', ') ?? []
const takesAnyNumber = (lua: string) => /^-- KEYS {2}.*;/m.test(lua)

test('every file in lua/ can be called, and nothing else', () => {
  for (const file of files) {
    const script = file.replace(/\.lua$/, '')
    if (takesAnyNumber(source(file))) continue
    // A wrong number of keys is refused here, before anything is sent: so the script is known.
    expect(() => callScript(store.redis, { script: script as 'claim', keys: [], args: [] })).toThrow(
      `${file} takes ${keysInHeader(source(file)).length} keys.`,
    )
  }
  // The other way round: an entry without a file fails when a connection is opened, as it was here.
  expect(() => callScript(store.redis, { script: 'none' as 'claim', keys: [], args: [] })).toThrow()
})

describe.each(files)('%s', (file) => {
  const lua = source(file)

  test('says in its header what it takes and uses exactly those keys', () => {
    const named = keysInHeader(lua)
    const used = [...lua.matchAll(/KEYS\[(\d+)\]/g)].map(([, place]) => Number(place))
    expect([...new Set(used)].sort((a, b) => a - b)).toEqual(named.map((_, place) => place + 1))
  })

  test('touches only keys that it was given', () => {
    // Locals that hold a key: `local a, b = KEYS[1], KEYS[2]`, or KEYS[n] itself.
    const locals = [...lua.matchAll(/^ *local ([\w, ]+) = (KEYS\[[\w +]+\](?:, KEYS\[[\w +]+\])*)$/gm)].flatMap(
      ([, names = '']) => names.split(', '),
    )
    const allowed = new Set(locals)
    for (const [call, command, first] of callsIn(lua)) {
      if (command === 'TIME' || command === 'INFO' || isChannel(command, first)) continue
      expect(allowed.has(first) || /^KEYS\[\d+\]$/.test(first), call).toBe(true)
    }
  })
})

test.each(COMMON)('what scripts have in common in %s touches only keys that it is passed', (file) => {
  const lua = source(file)
  const parameters = new Set(
    [...lua.matchAll(/local function \w+\(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', ')),
  )
  for (const [call, command, first] of callsIn(lua)) {
    if (command === 'TIME' || command === 'INFO' || isChannel(command, first)) continue
    expect(parameters.has(first), call).toBe(true)
  }
})

test('a script that the store has forgotten is sent again, alone and in a pipeline', async () => {
  const { due, claims } = store
  await due.defer('00aaaaaaaaaaaaaaaaaaaaaa', 5)
  await claims.renew([{ taskId: '00aaaaaaaaaaaaaaaaaaaaaa', runId: 'r' }], 5)
  await store.redis.script('FLUSH')
  await due.defer('00aaaaaaaaaaaaaaaaaaaaaa', 5)
  await store.redis.script('FLUSH')
  expect(await claims.renew([{ taskId: '00aaaaaaaaaaaaaaaaaaaaaa', runId: 'r' }], 5)).toEqual([undefined])
})

/** Each `redis.call('COMMAND', first` of a script. */
function callsIn(lua: string): [call: string, command: string, first: string][] {
  const code = lua.replace(/^\s*--.*$/gm, '')
  return [...code.matchAll(/redis\.p?call\('(\w+)'(?:, ([^,)]+))?/g)].map(([call, command = '', first = '']) => [
    call,
    command,
    first,
  ])
}

/** Channels are not keys: beside those named like a record there are those of sessions and workers. */
const isChannel = (command: string, first: string): boolean =>
  command === 'PUBLISH' && /^'lh:(session|worker):' \.\. /.test(first)
