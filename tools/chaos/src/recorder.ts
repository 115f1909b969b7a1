import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { ActivationReport, Effect } from '../project/recorder-client.ts'
import { type ChatRequest, type TurnSeen, takeTurn } from './provider.ts'

const TURN_MS = 250

/** Code of a task that began to run in a process. */
export interface ActivationSeen extends ActivationReport {
  readonly at: number
}

/** One effect. It was had when it was reported as begun, whatever became of it. */
export interface EffectSeen extends ActivationReport, Effect {
  /** From 1, in the order in which effects began. */
  readonly receipt: number
  readonly begunAt: number
  endedAt?: number
  /** When its step was let go on. */
  repliedAt?: number
  /** It came to its end, and that was a failure. */
  hasFailed?: true
}

/** The world outside of Longhaul, which sees every effect. It is never killed. */
export class Recorder {
  readonly effects: EffectSeen[] = []
  readonly activations: ActivationSeen[] = []
  /** Of the model that workers call, in the order in which they began. */
  readonly turns: TurnSeen[] = []
  /** `effect`: one has begun. */
  readonly news = new EventEmitter<{ effect: [EffectSeen] }>()
  readonly #known = new Set<string>()
  readonly #running = new Map<number, EffectSeen>()
  /** Activations of each task since something of it was last ended. */
  readonly #fruitless = new Map<string, number>()
  readonly #labels = new Map<string, string>()
  readonly #server = createServer((request, response) => void this.#serve(request, response).catch(() => {}))

  constructor() {
    // A worker may be frozen for longer than a connection is kept by default, and must find it as it was.
    this.#server.keepAliveTimeout = 0
  }

  /** @returns its URL */
  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Effects that a process, or any, is in the middle of. */
  running(pid?: number): readonly EffectSeen[] {
    return [...this.#running.values()].filter((effect) => pid === undefined || effect.pid === pid)
  }

  /** A process is gone: what it was in the middle of is over. */
  forget(pid: number): void {
    for (const { receipt } of this.running(pid)) this.#running.delete(receipt)
  }

  /** How often the task's code has begun since one of its effects last ended. */
  fruitless(taskId: string): number {
    return this.#fruitless.get(taskId) ?? 0
  }

  labelOf(taskId: string): string | undefined {
    return this.#labels.get(taskId)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await text(request))
    if (request.url === '/activation') this.#begin(body)
    if (request.url === '/begun') response.write(String(this.#act(body)))
    if (request.url === '/ended') response.write(await this.#end(body.receipt))
    if (request.url === '/v1/chat/completions') await this.#takeTurn(body, response)
    response.end()
  }

  /** It takes its time, so that a worker may be lost meanwhile. */
  async #takeTurn(request: ChatRequest, response: ServerResponse): Promise<void> {
    const { seen, reply } = takeTurn(request)
    this.turns.push(seen)
    await delay(TURN_MS)
    response.setHeader('content-type', 'application/json').write(JSON.stringify(reply))
  }

  #begin({ activation, taskId, label, pid }: ActivationReport): void {
    if (this.#known.has(activation)) return
    this.#known.add(activation)
    this.#labels.set(taskId, label)
    this.#fruitless.set(taskId, this.fruitless(taskId) + 1)
    this.activations.push({ activation, taskId, label, pid, at: Date.now() })
  }

  #act(report: ActivationReport & Effect): number {
    this.#begin(report)
    const effect = { ...report, receipt: this.effects.length + 1, begunAt: Date.now() }
    this.effects.push(effect)
    this.#running.set(effect.receipt, effect)
    this.news.emit('effect', effect)
    return effect.receipt
  }

  /** The reply waits as long as the effect takes. */
  async #end(receipt: number): Promise<'done' | 'failed'> {
    const effect = this.effects[receipt - 1]
    if (!effect) throw new Error(`There is no effect ${receipt}.`)
    effect.endedAt = Date.now()
    const isSame = (one: EffectSeen) =>
      one.idempotencyKey === undefined
        ? one.taskId === effect.taskId && one.step === effect.step
        : one.idempotencyKey === effect.idempotencyKey
    const failures = this.effects.filter((other) => isSame(other) && other.hasFailed).length
    if (failures < effect.failures) effect.hasFailed = true
    await delay(effect.ms)
    effect.repliedAt = Date.now()
    this.#running.delete(receipt)
    this.#fruitless.set(effect.taskId, 0)
    return effect.hasFailed ? 'failed' : 'done'
  }
}
