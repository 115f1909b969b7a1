import { callScript, callSeveral, type ScriptCall, type ScriptName } from './scripts.ts'
import { isFromReplica } from './store-errors.ts'

/** Most of them. The store does nothing else meanwhile, for about a millisecond; for ten where claims bring journals of 100 KB. */
const CALLS_PER_COMMAND = 32
/** Arguments that a command has when it takes no more calls: the store does nothing else for 2 ms for each MB of them. */
const FULL_AT_CHARACTERS = 256 * 1024

interface Turn {
  waiting: Waiting[]
  /** Of all arguments of those. */
  characters: number
}

interface Waiting {
  readonly call: ScriptCall
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: unknown) => void
  readonly onSent: (() => void) | undefined
}

/**
 * Makes one command of all calls of a script that are made in one turn of the event loop. Who has many tasks in hand
 * hears many answers at once and goes on with all of these tasks, and a command costs both ends more than what it does.
 */
export class CallsTogether {
  readonly #target: object
  readonly #turns = new Map<ScriptName, Turn>()

  /** @param target a connection that was taught the scripts */
  constructor(target: object) {
    this.#target = target
  }

  /** What the call comes to, whatever the others come to. @param onSent called when it is on its way */
  call(call: ScriptCall, onSent?: () => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const turn = this.#turnOf(call.script)
      const count = turn.waiting.push({ call, resolve, reject, onSent })
      turn.characters += charactersOf(call)
      if (count === CALLS_PER_COMMAND || turn.characters >= FULL_AT_CHARACTERS) this.#send(turn)
      else if (count === 1) process.nextTick(() => this.#send(turn))
    })
  }

  /** Sends what would go out at the end of this turn. */
  flush(): void {
    for (const turn of this.#turns.values()) this.#send(turn)
  }

  #turnOf(script: ScriptName): Turn {
    let turn = this.#turns.get(script)
    if (!turn) {
      turn = { waiting: [], characters: 0 }
      this.#turns.set(script, turn)
    }
    return turn
  }

  #send(turn: Turn): void {
    const all = turn.waiting
    turn.waiting = []
    turn.characters = 0
    this.#sendAll(all)
    for (const { onSent } of all) onSent?.()
  }

  #sendAll(all: readonly Waiting[]): void {
    const [first, ...others] = all
    if (!first) return
    if (others.length === 0) {
      callScript(this.#target, first.call).then(first.resolve, first.reject)
      return
    }
    callSeveral(this.#target, [first.call, ...others.map(({ call }) => call)]).then(
      (replies) => {
        for (const [place, { call, resolve, reject }] of all.entries()) {
          const reply = replies[place]
          if (!(reply instanceof Error)) resolve(reply)
          // The client looks for the master when it is told so, and hears nothing of errors within an answer.
          else if (isFromReplica(reply)) callScript(this.#target, call).then(resolve, reject)
          else reject(reply)
        }
      },
      (error: unknown) => {
        for (const { reject } of all) reject(error)
      },
    )
  }
}

const charactersOf = ({ args }: ScriptCall): number =>
  args.reduce<number>((sum, arg) => sum + (typeof arg === 'string' ? arg.length : 0), 0)
