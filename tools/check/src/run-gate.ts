import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Gate } from './gates.ts'

export interface Verdict {
  readonly gate: Gate
  readonly holds: boolean
  readonly tookMs: number
  /** What it printed, both streams in the order in which they came. */
  readonly output: string
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PATH = `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH}`

export async function runGate(gate: Gate): Promise<Verdict> {
  const startedAt = performance.now()
  const child = spawn(gate.command, {
    cwd: ROOT,
    env: { ...process.env, PATH },
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  const [code] = await once(child, 'close')
  const output = Buffer.concat(chunks).toString()
  return { gate, holds: code === 0, tookMs: performance.now() - startedAt, output }
}
