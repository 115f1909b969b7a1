import { styleText } from 'node:util'

type Lane = 'up' | 'down'

const COLOURS = ['cyan', 'yellow', 'magenta', 'green', 'blue', 'gray'] as const

/** Width of the column that says who. */
const WHO = 11

/**
 * The story as it happens: time, a lane for each process, who, what.
 *
 * A lane is drawn while its process lives; `●` is where it acts, `✗` where it ends. Colours only repeat what is
 * written.
 */
export class Timeline {
  readonly #began = performance.now()
  readonly #lanes = new Map<string, Lane>()
  readonly #colours = new Map<string, (typeof COLOURS)[number]>()
  readonly #write: (line: string) => void

  /** @param processes who has a lane, in order */
  constructor(processes: readonly string[], write: (line: string) => void) {
    for (const name of processes) this.#lanes.set(name, 'down')
    this.#write = write
    const letters = processes.map((name) => name.split(' ').at(-1)?.charAt(0).toUpperCase())
    write(`    time  ${letters.join(' ')}  ${'who'.padEnd(WHO)} what`)
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000
  }

  tell(who: string, what: string): void {
    this.#line(who, what, '●')
  }

  begin(name: string, what: string): void {
    this.#lanes.set(name, 'up')
    this.#line(name, what, '●')
  }

  end(name: string, what: string): void {
    this.#line(name, what, '✗')
    this.#lanes.set(name, 'down')
  }

  #line(who: string, what: string, mark: string): void {
    const lanes = [...this.#lanes].map(([name, lane]) => (name === who ? mark : lane === 'up' ? '│' : ' '))
    const time = `${this.seconds.toFixed(2).padStart(6)} s`
    this.#write(`${time}  ${lanes.join(' ')}  ${paint(this.#colourOf(who), who.padEnd(WHO))} ${what}`)
  }

  #colourOf(who: string): (typeof COLOURS)[number] {
    const colour = this.#colours.get(who) ?? COLOURS[this.#colours.size % COLOURS.length] ?? 'gray'
    this.#colours.set(who, colour)
    return colour
  }
}

/** Plain where stdout is no terminal, or NO_COLOR says so. */
export const paint = (colour: Parameters<typeof styleText>[0], text: string): string =>
  styleText(colour, text, { stream: process.stdout })
