import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CELLS, CLIENT_IDS } from './cells.ts'
import { IN_PROCESS } from './clients.ts'
import { clientsDoc } from './clients-doc.ts'
import type { MatrixClient } from './driver.ts'
import { judge } from './judge.ts'
import { type MatrixWorld, startMatrixWorld } from './matrix-world.ts'
import { runCell } from './run-cell.ts'
import { STEP_NAMES } from './steps.ts'

/** As long as two attempts may take. */
const CELL_MS = 90_000

let world: MatrixWorld
beforeAll(async () => {
  world = await startMatrixWorld()
}, 60_000)
afterAll(() => world?.stop())

/** The others are commands, and `npm run matrix` has them too. */
describe.each(IN_PROCESS)('%s', (id) => {
  let client: MatrixClient
  beforeAll(async () => {
    client = await world.connect(id)
  })

  test.each(STEP_NAMES)('%s', { timeout: CELL_MS }, async (step) => {
    const outcomes = await runCell({ id, step, client, recorder: world.recorder })
    expect(judge(CELLS[id][step], outcomes)).toBeUndefined()
  })
})

test('no message that these clients were sent is wrong', () => {
  expect(world.problems).toEqual([])
})

describe('docs/clients.md', () => {
  const { now, wanted } = clientsDoc()

  test('has the matrix as it is run (node tools/scenarios/src/matrix/write-clients-doc.ts)', () => {
    expect(now).toBe(wanted)
  })

  test('says of every client how to configure it', () => {
    const headings = [...now.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading)
    const names = new Set(CLIENT_IDS.map((id) => id.split(',')[0]))
    expect([...names].filter((name) => !headings.includes(name))).toEqual([])
  })

  test('names the versions of the clients that are tried', () => {
    expect(versions().filter((version) => !now.includes(version))).toEqual([])
  })
})

/** Of the official packages among what this one depends on, and of the commands. */
function versions(): readonly string[] {
  const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).dependencies
  const all: Record<string, string> = { ...read('../../package.json'), ...read('../../cli-clients/package.json') }
  return Object.entries(all)
    .filter(([name]) => /^@(modelcontextprotocol|apify)\//.test(name))
    .map((pair) => pair.join(' '))
}
