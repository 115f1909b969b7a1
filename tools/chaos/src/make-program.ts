import type { Instruction, Program } from '../project/program.ts'
import type { Random } from './random.ts'

/** How deep programs contain programs. */
const MOST_LEVELS = 2

/** A program of some instructions, with at least one effect. */
export function makeProgram(random: Random): Program {
  const author = new Author(random)
  const length = random.int(2, 5)
  return Array.from({ length }, (_, place) => (place === 0 ? author.effect() : author.instruction(0)))
}

/** What a task runs from its beginning to its end: some end before, with a step that fails the first time that it is done. */
export function makeWhole(random: Random): Program {
  const program = makeProgram(random)
  if (!random.chance(0.15)) return program
  const fatal: Instruction = { do: 'step', key: 'f0', inDoubt: 'repeat', ms: 100, failures: 1, isFatal: true }
  const place = random.int(1, program.length)
  return [...program.slice(0, place), fatal, ...program.slice(place)]
}

class Author {
  readonly #random: Random
  #keys = 0
  #progress = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Half of the steps must not be made again unasked. */
  effect(): Instruction {
    const random = this.#random
    if (random.chance(0.15)) return { do: 'post', key: this.#key('p'), ms: random.int(50, 500) }
    return {
      do: 'step',
      key: this.#key('s'),
      inDoubt: random.pick(['repeat', 'ask']),
      ms: random.int(50, 600),
      ...(random.chance(0.15) && { failures: random.int(1, 2) }),
    }
  }

  instruction(level: number): Instruction {
    const random = this.#random
    const kind = random.next()
    if (kind < 0.45) return this.effect()
    if (kind < 0.6) return { do: 'sleep', key: this.#key('z'), ms: random.int(50, 1500) }
    if (kind < 0.72) return { do: 'elicit', key: this.#key('q') }
    // Only the outermost program's progress is the task's.
    if (kind < 0.78) return level === 0 ? this.#nextProgress() : this.effect()
    if (level === MOST_LEVELS) return this.effect()
    if (kind < 0.87) {
      const branches = Array.from({ length: random.int(2, 3) }, () => this.#some(level + 1))
      return { do: 'parallel', branches }
    }
    const program = [this.effect(), ...this.#some(level + 1)]
    if (this.#random.chance(0.4)) return { do: 'inside', key: this.#key('i'), program }
    return { do: 'child', key: this.#key('c'), tool: this.#random.pick(['program', 'repeatable']), program }
  }

  #some(level: number): Program {
    return Array.from({ length: this.#random.int(1, 2) }, () => this.instruction(level))
  }

  #nextProgress(): Instruction {
    this.#progress++
    return { do: 'progress', progress: this.#progress }
  }

  #key(letter: string): string {
    this.#keys++
    return `${letter}${this.#keys}`
  }
}
