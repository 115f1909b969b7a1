import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type SpawnedNode, spawnNode } from './spawn-node.ts'

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name)
const children: SpawnedNode[] = []
const run = (...given: Parameters<typeof spawnNode>) => {
  const child = spawnNode(...given)
  children.push(child)
  return child
}
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill('SIGKILL')))
})

test('waits for a line of either stream, which it gives with its groups', async () => {
  const seen: string[] = []
  const child = run(fixture('talker.ts'), {
    args: ['a', 'b'],
    env: { TALKER: 'yes' },
    onLine: (line) => seen.push(line),
  })
  expect((await child.ready(/^arguments (.*)$/))[1]).toBe('a b')
  expect((await child.ready(/^variable (.*)$/))[1]).toBe('yes')
  expect(seen.toSorted()).toEqual(['arguments a b', 'variable yes'])
  expect(child.output).toBe(seen.join('\n'))
})

test('waits for a message, and sends one', async () => {
  const child = run(fixture('talker.ts'))
  const isUp = (message: unknown): message is { step: string } => Object(message).step === 'up'
  expect((await child.ready(isUp)).step).toBe('up')
  child.send({ n: 1 })
  expect(await child.ready((message) => Object(message).echo !== undefined)).toEqual({ echo: { n: 1 } })
})

test('says what a process wrote that ended too early', async () => {
  const child = run(fixture('quitter.ts'))
  await expect(child.ready(/listening/)).rejects.toThrow(
    /quitter\.ts ended \(code 3\) before \/listening\/\. It wrote:\nno such configuration/,
  )
  expect(await child.exited).toEqual({ code: 3, signal: null })
})

test('kills with the signal that it is given', async () => {
  const child = run(fixture('talker.ts'))
  await child.ready(/^arguments/)
  expect(await child.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
})

test.each([
  ['ends', ['exit'], undefined],
  ['is killed', [], 'SIGKILL' as const],
])('leaves no child behind when the process that spawned it %s', async (_how, args, signal) => {
  const parent = run(fixture('parent.ts'), { args })
  const pid = Number((await parent.ready(/^child (\d+)$/))[1])
  if (signal !== undefined) void parent.kill(signal)
  await parent.exited
  await expect.poll(() => isRunning(pid), { timeout: 5000 }).toBe(false)
})

/** Sees through a dead process that its new parent has not reaped. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !/\) Z /.test(stat)
}
