import { setTimeout as delay } from 'node:timers/promises'
import type { Recorder } from '../../crash-project/driver/recorder.ts'
import { CELLS, type ClientId } from './cells.ts'
import type { MatrixClient } from './driver.ts'
import type { Outcome, Outcomes } from './judge.ts'
import { type Attempt, STEPS, type Step } from './steps.ts'

/** A client that does not end is one that fails. */
const PATIENCE_MS = 30_000

export interface CellRun {
  readonly id: ClientId
  readonly step: Step
  readonly client: MatrixClient
  readonly recorder: Recorder
}

/** Does one step with one client: in its own way, and where that is not to work by the tools about tasks. */
export async function runCell({ id, step, client, recorder }: CellRun): Promise<Outcomes> {
  const run = `${id}/${step}`.replaceAll(/\W+/g, '-')
  const attempt = { recorder, restart: client.restart }
  const { verb } = STEPS[step]
  const driver = { ...client.plain, [verb]: client.own[verb] }
  const own = await tryStep(step, { ...attempt, driver, run: `${run}/own` })
  if (CELLS[id][step].kind !== 'plain') return { own }
  return { own, plain: await tryStep(step, { ...attempt, driver: client.plain, run: `${run}/plain` }) }
}

async function tryStep(step: Step, attempt: Omit<Attempt, 'signal'>): Promise<Outcome> {
  const ended = new AbortController()
  const late = async () => {
    await delay(PATIENCE_MS, undefined, { signal: ended.signal })
    throw new Error(`it has not ended after ${PATIENCE_MS / 1000} s`)
  }
  try {
    await Promise.race([STEPS[step].run({ ...attempt, signal: ended.signal }), late()])
    return { kind: 'done' }
  } catch (error) {
    return { kind: 'failed', says: error instanceof Error ? error.message : String(error) }
  } finally {
    ended.abort()
  }
}
