import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'

/** A Node process under test, to be talked to, watched and killed. */
export interface SpawnedNode {
  readonly pid: number
  /** What it has written so far to stdout and stderr, for messages. */
  readonly output: string
  readonly exited: Promise<Exit>
  /**
   * Waits for a line of stdout or stderr that matches, or an IPC message (`process.send`) that fits; one that came
   * before counts too. Rejects, with the output, when the process ends first.
   */
  ready(line: RegExp): Promise<RegExpExecArray>
  ready<Message>(message: (message: unknown) => message is Message): Promise<Message>
  ready(message: (message: unknown) => boolean): Promise<unknown>
  send(message: object | string): void
  /** Resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<Exit>
}
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface SpawnNodeOptions {
  readonly args?: readonly string[]
  /** Added to the environment of this process; `undefined` takes a variable away. */
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly onLine?: (line: string) => void
}

/** Runs first in every child: whoever spawned it may be killed too, and nobody is left to end it then. */
const DIE_WITH_PARENT = "process.on('disconnect', () => process.kill(process.pid, 'SIGKILL')); process.channel.unref()"

const running = new Set<SpawnedNode>()
process.on('exit', () => {
  for (const child of running) void child.kill('SIGKILL')
})

/** Runs a TypeScript or JavaScript file. It is killed at the latest when this process ends. */
export function spawnNode(file: string, { args = [], env, cwd, onLine }: SpawnNodeOptions = {}): SpawnedNode {
  const preload = `data:text/javascript,${encodeURIComponent(DIE_WITH_PARENT)}`
  const child = spawn(process.execPath, ['--import', preload, file, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lines: string[] = []
  const messages: unknown[] = []
  const news = new EventEmitter().setMaxListeners(0)
  for (const input of [child.stdout, child.stderr]) {
    if (input === null) continue
    createInterface({ input }).on('line', (line) => {
      lines.push(line)
      onLine?.(line)
      news.emit('news')
    })
  }
  child.on('message', (message) => {
    messages.push(message)
    news.emit('news')
  })

  const exited: Promise<Exit> = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const closed = once(child, 'close').then(([code, signal]) => `ended (${signal ?? `code ${code}`})`)
  const find = (sign: RegExp | ((message: unknown) => boolean)): unknown =>
    sign instanceof RegExp ? lines.map((line) => sign.exec(line)).find((match) => match !== null) : messages.find(sign)

  async function ready(line: RegExp): Promise<RegExpExecArray>
  async function ready<Message>(message: (message: unknown) => message is Message): Promise<Message>
  async function ready(message: (message: unknown) => boolean): Promise<unknown>
  async function ready(sign: RegExp | ((message: unknown) => boolean)): Promise<unknown> {
    for (;;) {
      const found = find(sign)
      if (found !== undefined) return found
      const end = await Promise.race([once(news, 'news').then(() => undefined), closed])
      if (end !== undefined && find(sign) === undefined) {
        throw new Error(`${file} ${end} before ${sign}. It wrote:\n${lines.join('\n')}`)
      }
    }
  }

  const spawned: SpawnedNode = {
    pid: child.pid ?? -1,
    get output() {
      return lines.join('\n')
    },
    exited,
    ready,
    send: (message) => void child.send(message),
    kill: (signal = 'SIGTERM') => {
      child.kill(signal)
      return exited
    },
  }
  running.add(spawned)
  const forget = () => running.delete(spawned)
  exited.then(forget, forget)
  closed.catch(forget)
  return spawned
}
