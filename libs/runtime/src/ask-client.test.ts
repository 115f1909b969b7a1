import type { Audience } from '@longhaul/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import type { Context } from './context.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const ABLE: Audience = { sampling: 'none', elicitation: true, url: true, roots: true }
const run = async (program: (ctx: Context) => Promise<unknown>, audience: Audience = ABLE) => {
  const task = await bench.submit(
    defineProgram(async (ctx) => JSON.stringify(await program(ctx).catch((error: Error) => error.message))),
    { audience },
  )
  await task.run()
  return task
}
const asked = async ({ waits }: { waits(): Promise<readonly unknown[]> }) => (await waits())[0]

describe('a page to open', () => {
  const page = { message: 'Pay.', url: 'https://pay.example/1' }

  test('is a question without a form, whose answer has the id under which its end is told', async () => {
    const task = await run((ctx) => ctx.elicitUrl({ key: 'pay', ...page }))
    const question = { method: 'elicitation/create', mode: 'url', ...page }
    expect(await asked({ waits: () => task.waits() })).toMatchObject({ key: 'pay', question })
    await task.resolve('pay', { value: { action: 'accept' } })
    await task.run()
    expect(JSON.parse(await task.text())).toEqual({ action: 'accept', elicitationId: `${task.id}.pay` })
  })

  test('is not asked of a client that shows none', async () => {
    const task = await run((ctx) => ctx.elicitUrl(page), { sampling: 'none', elicitation: true })
    expect(await task.text()).toContain('did not declare elicitation.url')
  })

  test.each(['http://pay.example', 'javascript:alert(1)', 'pay', 'https://anna:secret@pay.example'])(
    'cannot be %s [P25]',
    async (url) => {
      const task = await run((ctx) => ctx.elicitUrl({ message: 'Pay.', url }))
      expect(await task.text()).toMatch(/^"The url must/)
    },
  )

  test('may be on this machine', async () => {
    const task = await run((ctx) => ctx.elicitUrl({ message: 'Pay.', url: 'http://127.0.0.1:8080/pay' }))
    expect(await task.waits()).toHaveLength(1)
  })

  test('is said to be done once, and not again on replay', async () => {
    const program = async (ctx: Context) => {
      await ctx.elicitUrl({ key: 'pay', ...page })
      ctx.elicited('x')
      await ctx.elicitUrl({ key: 'again', ...page })
    }
    const task = await run(program)
    await task.resolve('pay', { value: { action: 'accept' } })
    await task.run()
    await task.resolve('again', { value: { action: 'accept' } })
    await task.run()
    expect(task.trips.filter((trip) => trip === 'elicited')).toEqual(['elicited'])
  })
})

describe('roots', () => {
  test('are a question to the client', async () => {
    const task = await run((ctx) => ctx.roots({ key: 'where' }))
    expect(await asked({ waits: () => task.waits() })).toMatchObject({
      key: 'where',
      question: { method: 'roots/list' },
    })
    await task.resolve('where', { value: { roots: [{ uri: 'file:///a' }] } })
    await task.run()
    expect(JSON.parse(await task.text())).toEqual([{ uri: 'file:///a' }])
  })

  test('are not asked of a client that has none, as a tool can see', async () => {
    const task = await run(async (ctx) => [ctx.audience, await ctx.roots()], { sampling: 'none', elicitation: true })
    expect(await task.text()).toContain('did not declare roots')
    const seen = await run(async (ctx) => ctx.audience)
    expect(JSON.parse(await seen.text())).toEqual(ABLE)
  })
})
