import { startTestStore, type TestStore } from '@longhaul/testbed'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FORM, openCoordinator, openWorker, type TestCoordinator, type TestWorker } from '../test/coordinator.ts'
import { AuditLog } from './audit.ts'
import { Refusal } from './guards/refusal.ts'

const ANNA = { authorization: 'Bearer anna-anna-anna-anna' }
const BEN = { authorization: 'Bearer ben-ben-ben-ben-ben' }
const SETTINGS = { apiKeys: ['anna=anna-anna-anna-anna', 'ben=ben-ben-ben-ben-ben'] }
const SECRET = 'what nobody else should read'

let store: TestStore
let worker: TestWorker
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
})
afterAll(async () => {
  await worker.close()
  await store.stop()
})

/** What the audit says, without what every line of the log has. */
const told = ({ log }: TestCoordinator) =>
  log
    .map((line) => JSON.parse(line))
    .filter(({ audit }) => audit !== undefined)
    .map(({ level: _level, time: _time, pid: _pid, hostname: _hostname, msg: _msg, ...record }) => record)

const caller = (subject: string) => ({ issuer: 'api-key', subject })

test('who changed what is told, over MCP and HTTP, and who was turned away; nothing of what was said', async () => {
  const coordinator = await openCoordinator(store.url, { ...SETTINGS, audit: 'changes' })
  const session = await coordinator.initialize({ headers: ANNA })
  const taskId = await session.createTask('look', { at: SECRET })
  await session.request('tasks/get', { taskId })
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const answer = { question: 'q1', action: 'accept', content: { ok: SECRET } }
  const path = `/v1/tasks/${taskId}`
  await coordinator.call({ path: `${path}/answers`, headers: ANNA, body: answer })
  await coordinator.call({ path: `${path}/cancel`, headers: BEN })
  await coordinator.call({ path: `${path}/cancel`, headers: ANNA, body: { reason: SECRET } })
  await coordinator.call({ path: '/v1/tasks', headers: { authorization: 'Bearer wrong' }, body: {} })
  expect(told(coordinator)).toEqual([
    { audit: 'submit', caller: caller('anna'), tool: 'look', taskId },
    { audit: 'answer', caller: caller('anna'), taskId, refused: 'answer_invalid' },
    { audit: 'cancel', caller: caller('ben'), taskId, refused: 'task_not_found' },
    { audit: 'cancel', caller: caller('anna'), taskId },
    { audit: 'denied', ip: '127.0.0.1', status: 401, reason: 'The API key is not known here.' },
  ])
  expect(coordinator.log.join('')).not.toContain(SECRET)
  await coordinator.close()
})

test('who looked at what is told where that is asked for', async () => {
  const coordinator = await openCoordinator(store.url, { ...SETTINGS, audit: 'all' })
  const session = await coordinator.initialize({ headers: ANNA })
  const taskId = await session.createTask('look')
  await session.request('tasks/get', { taskId })
  await session.request('tasks/list', {})
  await coordinator.call({ method: 'GET', path: `/v1/tasks/${taskId}`, headers: BEN })
  expect(told(coordinator)).toEqual([
    { audit: 'submit', caller: caller('anna'), tool: 'look', taskId },
    { audit: 'read', caller: caller('anna'), taskId },
    { audit: 'list', caller: caller('anna') },
    { audit: 'read', caller: caller('ben'), taskId, refused: 'task_not_found' },
  ])
  await coordinator.close()
})

test('nothing is told unless it is asked for', async () => {
  const coordinator = await openCoordinator(store.url, SETTINGS)
  await (await coordinator.initialize({ headers: ANNA })).createTask('look')
  expect(told(coordinator)).toEqual([])
  await coordinator.close()
})

test('the audit does not depend on the level that is logged', () => {
  const lines: string[] = []
  new AuditLog(pino({ level: 'silent' }, { write: (line) => void lines.push(line) })).denied(
    new Refusal(401, 'No.'),
    '::1',
  )
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ audit: 'denied', ip: '::1', status: 401 }])
})
