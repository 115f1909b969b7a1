import {
  type Claimant,
  type Claimed,
  type ClaimStore,
  type ClockState,
  type HeldClaim,
  type NotClaimed,
  type Progress,
  randomId,
  type Settings,
  type TaskHead,
} from '@longhaul/task'
import type { Connection } from './connection.ts'
import { JournalCache } from './journal-cache.ts'
import { JournalCopy } from './journal-copy.ts'
import { toValues } from './journal-text.ts'
import { taskKeys } from './keys.ts'
import { RedisLedger } from './ledger.ts'
import { parseWaitValue } from './wait-value.ts'

type ClaimReply =
  | ['over' | 'busy']
  | ['suspect', string]
  | ['dead', number]
  | [
      'claimed',
      string,
      '1' | '',
      string,
      string,
      string,
      string[],
      string[],
      number,
      string[],
      string,
      string,
      string,
      string,
    ]

/** A name for a claim that is going to be made. */
export const newRunId = (): string => randomId(9)

/** Claims tasks for one process, which need not be told again what it has known of a task's journal. */
export class RedisClaimStore implements ClaimStore {
  readonly #connection: Connection
  readonly #settings: Settings
  #refusedWrites = 0
  readonly #cache: JournalCache

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#settings = settings
    this.#cache = new JournalCache(settings.journalCacheBytes)
  }

  /** Writes of claims given out here that the store refused, because the claim was not the newest any more. */
  get refusedWrites(): number {
    return this.#refusedWrites
  }

  async claim(taskId: string, by: Claimant): Promise<Claimed | NotClaimed> {
    const { worker, leaseMs, runId = newRunId(), isAlone = false } = by
    const { record, journal, waits, due, events, delivery, dead, values, open } = taskKeys(taskId)
    const { aloneAfterDeaths, maxDeaths, deadRetentionMs } = this.#settings
    const cached = this.#cache.get(taskId)
    const proof = cached?.journal.proof()
    const reply = (await this.#connection.call({
      script: 'claim',
      keys: [
        ...[record, journal, waits, due, events, delivery, dead, values],
        ...[this.#connection.pastOf(taskId), open],
      ],
      args: [
        ...[taskId, runId, worker, leaseMs, isAlone ? '1' : '', aloneAfterDeaths, maxDeaths, deadRetentionMs],
        ...[proof?.length ?? 0, proof?.from ?? 0, proof?.digest ?? ''],
      ],
    })) as ClaimReply
    if (reply[0] === 'suspect') return { kind: 'suspect', head: JSON.parse(reply[1]) as TaskHead }
    if (reply[0] === 'dead') return { kind: 'dead', deaths: reply[1] }
    if (reply[0] !== 'claimed') return { kind: reply[0] }
    const [kind, token, interrupted, head, args, progress, records, waitValues, shared, large, amnesia, ...clock] =
      reply
    const known =
      shared > 0 && cached ? { ...cached, journal: cached.journal.clone() } : { head, args, journal: new JournalCopy() }
    known.journal.append(records, toValues(large))
    const parsedHead = JSON.parse(known.head) as TaskHead
    const onRefused = () => {
      this.#refusedWrites++
    }
    const claim = { taskId, token, head: parsedHead, known, cache: this.#cache, onRefused }
    return {
      kind,
      ledger: new RedisLedger(this.#connection, this.#settings, claim),
      token,
      runId,
      head: parsedHead,
      args: JSON.parse(known.args),
      journal: known.journal.entries(),
      waits: waitValues.map(parseWaitValue),
      ...(progress !== '' && { progress: JSON.parse(progress) as Progress }),
      interrupted: interrupted === '1',
      clock: toClockState(clock),
      ...(amnesia !== '' && { amnesia: Number(amnesia) }),
    }
  }

  async readPin(taskId: string, hash: string): Promise<string | undefined> {
    const { pins } = taskKeys(taskId)
    return (await this.#connection.send((redis) => redis.hget(pins, hash))) ?? undefined
  }

  async renew(
    runs: readonly { readonly taskId: string; readonly runId: string }[],
    leaseMs: number,
  ): Promise<readonly (number | undefined)[]> {
    const answers = await this.#connection.callAll(
      runs.map(({ taskId, runId }) => {
        const { record, journal, due } = taskKeys(taskId)
        return { script: 'renew', keys: [record, journal, due], args: [taskId, runId, leaseMs] }
      }),
    )
    return answers.map((length) => (length === -1 ? undefined : Number(length)))
  }

  async carryOver(claims: readonly HeldClaim[]): Promise<{ readonly lost: readonly string[] }> {
    const answers = await this.#connection.callAll(
      claims.map(({ taskId, token, known }) => {
        const { record, journal } = taskKeys(taskId)
        const keys = [record, journal, this.#connection.pastOf(taskId)]
        return { script: 'carry-over', keys, args: [token, known] }
      }),
    )
    return { lost: claims.filter((_, place) => answers[place] !== 1).map(({ taskId }) => taskId) }
  }
}

function toClockState([ends, waited, asked]: readonly [ends: string, waited: string, asked: string]): ClockState {
  return {
    waitedMs: Number(waited),
    ...(asked !== '' && { askedAt: Number(asked) }),
    ...(ends !== '' && { endsAt: Number(ends) }),
  }
}
