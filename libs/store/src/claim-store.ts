import { randomBytes } from 'node:crypto'
import type {
  Claimant,
  Claimed,
  ClaimStore,
  JournalEntry,
  NotClaimed,
  Progress,
  Settings,
  TaskHead,
} from '@longhaul/task'
import type { Connection } from './connection.ts'
import { taskKeys } from './keys.ts'
import { RedisLedger } from './ledger.ts'
import { parseWaitValue } from './wait-value.ts'

type ClaimReply =
  | ['over' | 'busy']
  | ['suspect', string]
  | ['dead', number]
  | ['claimed', string, '1' | '', string, string, string, string[], string[]]

export class RedisClaimStore implements ClaimStore {
  readonly #connection: Connection
  readonly #settings: Settings
  #refusedWrites = 0

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#settings = settings
  }

  /** Writes of claims given out here that the store refused, because the claim was not the newest any more. */
  get refusedWrites(): number {
    return this.#refusedWrites
  }

  async claim(taskId: string, { worker, leaseMs, isAlone = false }: Claimant): Promise<Claimed | NotClaimed> {
    const { record, journal, waits, due, events, delivery, dead } = taskKeys(taskId)
    const { aloneAfterDeaths, maxDeaths, deadRetentionMs } = this.#settings
    const runId = randomBytes(9).toString('base64url')
    const reply = (await this.#connection.call({
      script: 'claim',
      keys: [record, journal, waits, due, events, delivery, dead],
      args: [taskId, runId, worker, leaseMs, isAlone ? '1' : '', aloneAfterDeaths, maxDeaths, deadRetentionMs],
    })) as ClaimReply
    if (reply[0] === 'suspect') return { kind: 'suspect', tool: reply[1] }
    if (reply[0] === 'dead') return { kind: 'dead', deaths: reply[1] }
    if (reply[0] !== 'claimed') return { kind: reply[0] }
    const [kind, token, interrupted, headJson, args, progress, entries, waitValues] = reply
    const head = JSON.parse(headJson) as TaskHead
    const onRefused = () => {
      this.#refusedWrites++
    }
    const claim = { taskId, token, head, known: entries.length, onRefused }
    return {
      kind,
      ledger: new RedisLedger(this.#connection, this.#settings, claim),
      token,
      head,
      args: JSON.parse(args),
      journal: entries.map((entry) => JSON.parse(entry) as JournalEntry),
      waits: waitValues.map(parseWaitValue),
      ...(progress !== '' && { progress: JSON.parse(progress) as Progress }),
      interrupted: interrupted === '1',
    }
  }

  async renew(
    claims: readonly { readonly taskId: string; readonly token: string; readonly known: number }[],
    leaseMs: number,
  ): Promise<{ readonly lost: readonly string[]; readonly grown: readonly string[] }> {
    const answers = await this.#connection.callAll(
      claims.map(({ taskId, token, known }) => {
        const { record, journal, due } = taskKeys(taskId)
        return { script: 'renew', keys: [record, journal, due], args: [taskId, token, leaseMs, known] }
      }),
    )
    const withAnswer = (wanted: number) =>
      claims.filter((_, place) => answers[place] === wanted).map(({ taskId }) => taskId)
    return { lost: withAnswer(-1), grown: withAnswer(1) }
  }
}
