import { expect, test } from 'vitest'
import { renderStatus } from './status.ts'

const STATUS = {
  store: [{ version: '7.2.4', usedBytes: 3_000_000, maxBytes: 0 }],
  warnings: [],
  workers: 0,
  running: 0,
  places: 0,
  queues: [{ name: 'default', waiting: 4, active: 0, workers: 0 }],
  tasks: { open: 4, owners: 1, most: [{ owner: { issuer: 'api-key', subject: 'ann' }, open: 4 }], dead: 0 },
}

test('an installation is told by lines', () => {
  expect(renderStatus(STATUS)).toBe(`\
store    Redis 7.2.4, 3 MiB in use, without a limit of its own
workers  none
queue    default: 4 wait, 0 in hand; no worker serves it
open     4 tasks; owners: 1
         4 of api-key/ann
dead     none`)
  const store = [{ version: '7.2.4', usedBytes: 3_000_000, maxBytes: 4_194_304 }]
  const busy = { ...STATUS, store, warnings: ['It is full.'], workers: 2, running: 3, places: 40 }
  const tasks = { ...STATUS.tasks, most: [{ owner: undefined, open: 4 }], dead: 2 }
  const queues = [{ name: 'gpu', waiting: 0, active: 1, workers: 1 }]
  expect(renderStatus({ ...busy, tasks, queues })).toBe(`\
store    Redis 7.2.4, 3 MiB of 4 MiB
warning  It is full.
workers  2, with 3 of 40 places taken
queue    gpu: 0 wait, 1 in hand; served by 1
open     4 tasks; owners: 1
         4 of somebody whose tasks are not listed
dead     2: longhaul list --dead`)
})
