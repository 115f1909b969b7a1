import type { ModelAnswer } from '@longhaul/task'
import { estimateTokens, textTokens } from './estimate-tokens.ts'
import type { Seat } from './take-seat.ts'

interface TurnSize {
  /** The model step. */
  readonly step: string
  /** Of its answer, and of what the model heard after it. */
  tokens: number
}

/** What of a conversation is to be left out. */
export interface CutPlace {
  /** The first model step whose answer stays. */
  readonly from: string
  /** What is left out, as a part of it all. */
  readonly part: number
}

/**
 * How many tokens a conversation takes: what the provider counted with the newest answer, and an estimate of what came
 * after it; an estimate of all where the provider does not count. What single turns take is always estimated.
 */
export class ConversationSize {
  #tokens = 0
  /** Of the system prompt and the tools. */
  #fixed = 0
  #plan: Seat['plan'] | undefined
  /** Of the first message, and of what stands in it for turns that are left out. */
  #beginning = 0
  #note = 0
  #turns: TurnSize[] = []

  get tokens(): number {
    return this.#tokens
  }

  /** Another agent has the conversation, or it has another tool. */
  take({ plan, listed }: Pick<Seat, 'plan' | 'listed'>): void {
    if (plan === this.#plan) return
    this.#plan = plan
    const fixed = textTokens(plan.systemPrompt) + (listed.length > 0 ? textTokens(JSON.stringify(listed)) : 0)
    this.#tokens += fixed - this.#fixed
    this.#fixed = fixed
  }

  /** The model is told something new. */
  hear(tokens: number): void {
    const turn = this.#turns.at(-1)
    if (turn) turn.tokens += tokens
    else this.#beginning += tokens
    this.#tokens += tokens
  }

  /** The model has answered. */
  add(step: string, { content, usage }: ModelAnswer): void {
    const estimate = estimateTokens(content)
    this.#turns.push({ step, tokens: estimate })
    const counted = usage?.inputTokens
    this.#tokens = counted === undefined ? this.#tokens + estimate : counted + (usage?.outputTokens ?? estimate)
  }

  /**
   * Where to cut, so that at most `keepTurns` of the latest turns stay, and what stays has about `target` tokens; the
   * last turn stays in any case. Undefined where nothing is before it.
   */
  cut({ keepTurns, target }: { readonly keepTurns: number; readonly target: number }): CutPlace | undefined {
    const all = this.#estimate()
    // Where the estimate is too low, it is too low for single turns as well.
    const scale = Math.max(1, this.#tokens / all)
    let place = this.#turns.length - 1
    let kept = this.#fixed + this.#beginning + (this.#turns[place]?.tokens ?? 0)
    while (place > 1 && this.#turns.length - place < keepTurns) {
      kept += this.#turns[place - 1]?.tokens ?? 0
      if (kept * scale > target) break
      place--
    }
    const from = this.#turns[place]?.step
    if (place < 1 || from === undefined) return undefined
    return { from, part: (sum(this.#turns.slice(0, place)) + this.#note) / all }
  }

  /** Turns before `from` are left out; `note` tokens stand for them. */
  leaveOut(from: string, note: number): void {
    const place = this.#turns.findIndex(({ step }) => step === from)
    this.#turns = this.#turns.slice(Math.max(place, 0))
    this.#note = note
    this.#tokens = this.#estimate()
  }

  #estimate(): number {
    return this.#fixed + this.#beginning + this.#note + sum(this.#turns)
  }
}

const sum = (turns: readonly TurnSize[]): number => turns.reduce((total, { tokens }) => total + tokens, 0)
