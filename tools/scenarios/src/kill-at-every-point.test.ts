import { findKeyLeaks } from '@longhaul/testbed'
import type { ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playTurn } from '../crash-project/driver/script.ts'
import { startWorld, type World } from '../crash-project/driver/world.ts'

/** What a step of the tool `mixed` does when it is in doubt. The user of the client always has it repeated. */
const STEPS = {
  one: 'repeat',
  two: 'ask',
  three: 'repeat',
  four: 'ask',
  five: 'repeat',
  six: 'fail',
  seven: 'repeat',
} as const
type Step = keyof typeof STEPS

/** Where a run is when all workers are killed: in these steps, or with this question open. */
type Point = { readonly in: readonly Step[]; readonly at: 'begun' | 'ended' } | { readonly question: string }

const begun = (...steps: Step[]): Point => ({ in: steps, at: 'begun' })
const ended = (...steps: Step[]): Point => ({ in: steps, at: 'ended' })
const asked = (question: string): Point => ({ question })

/** Each run is killed at its points, one after the other. `three` runs beside `four` and then `five`. */
const RUNS: readonly (readonly Point[])[] = [
  [begun('one')],
  [ended('one')],
  [begun('two')],
  [ended('two')],
  [asked('name')],
  [begun('three', 'four')],
  [ended('three', 'four')],
  [begun('three', 'five')],
  [ended('three', 'five')],
  [begun('six')],
  [ended('six')],
  [asked('model')],
  [begun('seven')],
  [ended('seven')],
  [begun('two'), begun('two'), ended('two')],
  [begun('one'), asked('name'), ended('three', 'four')],
  [ended('two'), begun('three', 'four'), begun('three', 'five')],
  [begun('three', 'four'), ended('three', 'four'), asked('model')],
  [begun('three', 'five'), ended('six'), ended('seven')],
]
const nameOf = (points: readonly Point[]): string => points.map(toWords).join(', then ')
const toWords = (point: Point): string =>
  'question' in point ? `${point.question} asked` : `${point.in.join(' and ')} ${point.at}`

/** For each point of each run, when it is reached, and when its workers are dead. */
const stops = new Map(
  RUNS.map((points) => [
    points,
    points.map(() => ({ reached: Promise.withResolvers<void>(), killed: Promise.withResolvers<void>() })),
  ]),
)
const ROUNDS = Math.max(...RUNS.map(({ length }) => length))

let world: World
beforeAll(async () => {
  world = await startWorld({ workers: 1, env: { LONGHAUL_CONCURRENCY: '40', LONGHAUL_LEASE_MS: '1500' } })
  holdUp(0)
  await Promise.all(RUNS.map(begin))
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      RUNS.map((points) => stops.get(points)?.[round]?.reached.promise ?? world.run(nameOf(points)).result),
    )
    await world.killWorkers()
    holdUp(round + 1)
    for (const stop of stops.values()) stop[round]?.killed.resolve()
    await world.stack.addWorker()
  }
}, 60_000)
afterAll(() => world?.stop())

test.each(RUNS.map((points) => ({ name: nameOf(points), points })))('killed with $name', async ({ name, points }) => {
  const { taskId, result, client } = world.run(name)
  const interrupted = points.flatMap((point) => ('question' in point ? [] : point.in))
  const timesKilledIn = (step: string) => interrupted.filter((other) => other === step).length

  const words = timesKilledIn('six') > 0 ? 'six is in doubt' : 'six'
  expect(await result).toEqual({ isError: false, text: `one, two, Ann, three, four, five, ${words}, seven` })
  for (const [step, inDoubt] of Object.entries(STEPS)) {
    const keys = world.recorder.begun(`${name}/${step}`).map(({ key }) => key)
    const times = inDoubt === 'fail' ? 1 : 1 + timesKilledIn(step)
    expect(keys, step).toEqual(Array.from({ length: times }, () => `${taskId}/${step}`))
  }
  const doubts = Object.entries(STEPS).flatMap(([step, inDoubt]) =>
    inDoubt === 'ask' ? Array.from({ length: timesKilledIn(step) }, (_, before) => `${step}!${before + 1}`) : [],
  )
  expect(client.asked.map(({ key }) => key).toSorted()).toEqual(['name', 'model', ...doubts].toSorted())
})

test('leaves no key behind that no rule ends', async () => {
  await world.ended()
  expect(await findKeyLeaks(world.stack.store.url)).toEqual([])
})

async function begin(points: readonly Point[]): Promise<void> {
  /** A question that is a point of the run is answered when its workers are dead. */
  const moment = async (key: string) => {
    const stop = stops.get(points)?.[points.findIndex((point) => 'question' in point && point.question === key)]
    stop?.reached.resolve()
    await stop?.killed.promise
  }
  await world.begin(nameOf(points), {
    tool: 'mixed',
    args: { run: nameOf(points) },
    elicit: async (_message, key): Promise<ElicitResult> => {
      await moment(key)
      return { action: 'accept', content: key === 'name' ? { name: 'Ann' } : { decision: 'repeat' } }
    },
    sample: async (params, key) => {
      await moment(key)
      return playTurn(params)
    },
  })
}

/** From now on, runs stop in the steps of this round. What is held up is never let go: its process dies in it. */
function holdUp(round: number): void {
  for (const points of RUNS) {
    const point = points[round]
    if (!point || 'question' in point) continue
    const held = point.in.map((step) => world.recorder.hold(`${nameOf(points)}/${step}`, point.at))
    void Promise.all(held.map(({ reached }) => reached)).then(() => stops.get(points)?.[round]?.reached.resolve())
  }
}
