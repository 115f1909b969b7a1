import { startCoordinator } from '@longhaul/coordinator'
import { readSettings } from '@longhaul/task'
import { startTestStore } from '@longhaul/testbed'
import { expect, onTestFinished, test, vi } from 'vitest'
import { writeProject } from '../../test/longhaul.ts'
import { createLog } from '../log.ts'
import { checkPort } from './check-port.ts'

test('a port that a coordinator has is no fault where REDIS_URL is set', async () => {
  const store = await startTestStore()
  onTestFinished(() => store.stop())
  const settings = readSettings({ PORT: '0' })
  const log = createLog('test', { logLevel: 'silent' })
  const coordinator = await startCoordinator({ url: store.url, settings, log })
  onTestFinished(() => coordinator.close())
  onTestFinished(() => void vi.unstubAllEnvs())
  const port = Number(new URL(coordinator.address).port)
  const check = () => checkPort(writeProject({}), { ...settings, port })

  expect(await check()).toMatchObject([{ verdict: 'fault', says: `Port ${port} is taken.` }])
  vi.stubEnv('REDIS_URL', store.url)
  expect(await check()).toEqual([
    { about: 'port', verdict: 'ok', says: `127.0.0.1:${port} is used by a coordinator of Longhaul` },
  ])
})
