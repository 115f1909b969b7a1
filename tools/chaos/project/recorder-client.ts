import { randomUUID } from 'node:crypto'
import type { Context } from 'longhaul'

/** An effect outside of Longhaul, as the code that has it tells the recorder. */
export interface Effect {
  /** Name of the task in the plan. */
  readonly label: string
  /** Key of the step in the journal. */
  readonly step: string
  /** What the step's body was given; absent where the effect is that of a tool which uses no context. */
  readonly idempotencyKey?: string
  /** Time that the effect takes. */
  readonly ms: number
  /** How many of the step's effects fail in the end. */
  readonly failures: number
}

/** One running of a task's code in one process: what happens under one signal. */
export interface ActivationReport {
  readonly activation: string
  readonly taskId: string
  readonly label: string
  readonly pid: number
}

const activations = new WeakMap<AbortSignal, string>()

/** Tells the recorder that a tool's code begins to run, before it does anything. */
export async function begin(ctx: Context, label: string): Promise<void> {
  await post('/activation', { ...activationOf(ctx), label })
}

/**
 * Has the effect. Resolves to the recorder's receipt for it, or rejects when the effect failed.
 *
 * The recorder hears of it twice, and holds the second reply back for as long as the effect takes: a process that is
 * frozen meanwhile finds the reply there when it wakes, and goes on as if nothing had happened.
 */
export async function act(ctx: Context, effect: Effect): Promise<number> {
  const receipt = Number(await post('/begun', { ...activationOf(ctx), ...effect }))
  const outcome = await post('/ended', { receipt })
  if (outcome === 'failed') throw new Error(`The effect ${receipt} failed.`)
  return receipt
}

function activationOf({ signal, taskId }: Context): Omit<ActivationReport, 'label'> {
  const activation = activations.get(signal) ?? randomUUID()
  activations.set(signal, activation)
  return { activation, taskId, pid: process.pid }
}

async function post(path: string, body: object): Promise<string> {
  const { CHAOS_RECORDER = '' } = process.env
  const reply = await fetch(`${CHAOS_RECORDER}${path}`, { method: 'POST', body: JSON.stringify(body) })
  if (!reply.ok) throw new Error(`The recorder answered ${path} with ${reply.status}.`)
  return reply.text()
}
