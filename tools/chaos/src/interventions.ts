import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client, Submitted } from './client.ts'
import { isElder } from './elders.ts'
import type { Plan, PlannedTask } from './plan.ts'
import type { EffectSeen, Recorder } from './recorder.ts'
import type { PlannedVerb } from './verbs.ts'

/** A task was paused, with all below it. All times are those of its client, in Unix ms. */
export interface PauseSeen {
  readonly taskId: string
  /** It was told that the task is paused. */
  readonly toldAt: number
  /** It asked for the task to go on; absent: never. */
  readonly resumedAt?: number
}

/** Something was said to an agent, and was accepted. */
export interface SteerSeen {
  readonly taskId: string
  readonly message: string
}

export interface InterventionsOptions {
  readonly plan: Pick<Plan, 'tasks' | 'verbs'>
  readonly client: Client
  readonly recorder: Recorder
  /** Something that goes on until the end. */
  readonly inBackground: (work: Promise<void>) => void
  readonly signal: AbortSignal
}

/** Longer than it takes to undo what a task had done, whatever goes wrong. */
const RETRIED_WITHIN_MS = 45_000
const RETRY_EVERY_MS = 400

/** What people do to tasks that are under way, when the plan says so. */
export class Interventions {
  readonly pauses: PauseSeen[] = []
  readonly steers: SteerSeen[] = []
  readonly #options: InterventionsOptions
  readonly #effects = new Map<string, number>()

  constructor(options: InterventionsOptions) {
    this.#options = options
    options.recorder.news.on('effect', (effect) => this.#hear(effect))
  }

  /** Every label begins with that of the task that was submitted. */
  #hear(effect: EffectSeen): void {
    const [label = ''] = effect.label.split(':')
    const count = (this.#effects.get(label) ?? 0) + 1
    this.#effects.set(label, count)
    const { plan, inBackground } = this.#options
    const due = plan.verbs.filter((verb) => verb.label === label && verb.afterEffects === count)
    for (const verb of due) inBackground(this.#do(verb, effect.taskId))
  }

  /** Makes a task, and has it tried once more where it has failed. */
  async run(planned: PlannedTask): Promise<void> {
    const { client, signal } = this.#options
    const taskId = await client.run(planned)
    if (isElder(planned) || !client.hasFailed(taskId)) return
    const since = Date.now()
    for (;;) {
      const retried = await client.request(planned.person, 'longhaul/tasks/retry', { taskId })
      const task = retried.result?.task as { readonly taskId: string } | undefined
      if (task) return client.follow(task.taskId, planned.person)
      // What it had done is undone first.
      if (Date.now() - since > RETRIED_WITHIN_MS)
        throw new Error(`${planned.label} is not retried: ${retried.error?.message}`)
      await delay(RETRY_EVERY_MS, undefined, { signal })
    }
  }

  async #do(verb: PlannedVerb, taskId: string): Promise<void> {
    const { client } = this.#options
    const root = await client.taskOf(verb.label)
    switch (verb.kind) {
      case 'cancel':
        return client.cancel(root.taskId)
      case 'pause':
        return this.#pause({ ...root, ...(verb.of === 'task' && { taskId }) }, verb.forMs)
      case 'steer':
        return this.#steer(root, verb.message)
    }
  }

  async #steer({ taskId, person }: Submitted, message: string): Promise<void> {
    // However often it has to be sent, it is one message.
    const key = createHash('sha256').update(message).digest('hex')
    const { error } = await this.#options.client.request(person, 'longhaul/tasks/steer', { taskId, message, key })
    if (!error) this.steers.push({ taskId, message })
  }

  async #pause({ taskId, person }: Submitted, forMs: number): Promise<void> {
    const { client, signal } = this.#options
    const { error } = await client.request(person, 'longhaul/tasks/pause', { taskId })
    if (error) return // It is over already.
    const seen = { taskId, toldAt: Date.now() }
    const place = this.pauses.push(seen) - 1
    await delay(forMs, undefined, { signal })
    this.pauses[place] = { ...seen, resumedAt: Date.now() }
    await client.request(person, 'longhaul/tasks/resume', { taskId })
  }
}
