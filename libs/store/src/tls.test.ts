import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { BullWakeUps, WakeUpWorker } from '@longhaul/queue'
import { needs, startTlsRedis, type TestTlsRedis } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { Connection } from './connection.ts'
import { NOTHING, newDraft, testSettings } from './fixtures/drafts.ts'
import { RedisTaskStore } from './task-store.ts'
import { RedisTaskWatch } from './task-watch.ts'
import { Watch } from './watch.ts'

const canRun = needs('redis-server', 'tls.test.ts') && needs('openssl', 'tls.test.ts')
const settings = testSettings()

let server: TestTlsRedis
const trusted = getCACertificates('default')
beforeAll(async () => {
  if (canRun) server = await startTlsRedis()
})
afterAll(async () => {
  setDefaultCACertificates(trusted)
  await server?.stop()
})

describe.runIf(canRun)('a store whose certificate is of an authority of its own', () => {
  test('is not talked to, and the reason is told', async () => {
    const told = Promise.withResolvers<unknown>()
    const onState = (_: string, reason?: string) => told.resolve(reason)
    const connection = new Connection({ url: server.url, settings, whenAway: 'fail', onState })
    onTestFinished(() => connection.close())
    await expect(new RedisTaskStore(connection, settings).create(newDraft())).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    expect(await told.promise).toContain('self-signed certificate')
  })

  test('is as good as any other once that authority is known', async () => {
    setDefaultCACertificates([...trusted, server.certificate])
    const { url } = server
    const connection = new Connection({ url, settings, whenAway: 'wait' })
    const woken: string[] = []
    const advance = async ({ taskId }: { taskId: string }) => void woken.push(taskId)
    const places = { queues: ['default'], concurrency: 1, lockMs: settings.leaseMs }
    const worker = new WakeUpWorker({ url, ...places, advance, onError: () => {} })
    const wakeUps = new BullWakeUps({ url, whenAway: 'wait' }, undefined)
    onTestFinished(async () => {
      await Promise.all([worker.close(), wakeUps.close()])
      await connection.close()
    })
    await worker.start()
    const tasks = new RedisTaskStore(connection, settings)
    const draft = newDraft()
    const heard: string[] = []
    await new RedisTaskWatch(new Watch(connection)).watch(draft.id, ({ type }) => heard.push(type))
    await tasks.create(draft)
    await wakeUps.wake([{ taskId: draft.id, queue: 'default', priority: 0 }])
    await expect.poll(() => woken).toEqual([draft.id])
    const claim = await new RedisClaimStore(connection, settings).claim(draft.id, { worker: 'w1', leaseMs: 60_000 })
    if (claim.kind !== 'claimed') throw new Error(`The claim was ${claim.kind}.`)
    await claim.ledger.finish({ ...NOTHING, outcome: { kind: 'result', result: { content: [] } } })
    await expect.poll(() => heard).toEqual(['claimed', 'finished'])
    expect(await tasks.read(draft.id)).toMatchObject({ status: 'completed' })
  })
})
