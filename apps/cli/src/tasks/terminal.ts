import { createInterface, type Interface } from 'node:readline'
import { printable } from '../printable.ts'

/** The person at the terminal: questions go to standard error, answers come from standard input, line by line. */
export class Terminal {
  #lines: { readonly reader: Interface; readonly iterator: AsyncIterator<string> } | undefined
  /** Asked for and not come yet; who asks next is given it. */
  #next: Promise<string | undefined> | undefined
  #interrupt: (() => void) | undefined
  #interrupted = Promise.withResolvers<void>()
  readonly #onSignal = () => {
    this.#interrupted.resolve()
    this.#interrupted = Promise.withResolvers()
    this.#interrupt?.()
  }

  constructor() {
    process.on('SIGINT', this.#onSignal)
  }

  /** Whether somebody can be asked what to do about an interruption. */
  get isInteractive(): boolean {
    return process.stdin.isTTY === true
  }

  /** Told of Ctrl-C, from now on. */
  onInterrupt(listener: () => void): void {
    this.#interrupt = listener
  }

  say(line: string): void {
    process.stderr.write(`${printable(line)}\n`)
  }

  /** Undefined where the input has ended, or Ctrl-C came instead. */
  async prompt(text: string): Promise<string | undefined> {
    process.stderr.write(printable(text))
    this.#next ??= this.#read()
    const line = await Promise.race([this.#next, this.#interrupted.promise.then(() => null)])
    if (line === null) {
      process.stderr.write('\n')
      return undefined
    }
    this.#next = undefined
    // What was piped in is not to be seen otherwise.
    if (line !== undefined && !this.isInteractive) process.stderr.write(`${line}\n`)
    return line?.trim()
  }

  close(): void {
    process.off('SIGINT', this.#onSignal)
    this.#lines?.reader.close()
  }

  async #read(): Promise<string | undefined> {
    if (!this.#lines) {
      const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: this.isInteractive })
      // A terminal that is read makes no signal of Ctrl-C.
      reader.on('SIGINT', this.#onSignal)
      this.#lines = { reader, iterator: reader[Symbol.asyncIterator]() }
    }
    const { done, value } = await this.#lines.iterator.next()
    return done ? undefined : value
  }
}
