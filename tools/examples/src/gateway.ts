import { deepStrictEqual, match } from 'node:assert/strict'
import type { Example } from './example.ts'

export const gateway: Example = {
  name: 'gateway',
  async play({ terminal, read, calls }) {
    const search = ['archive__search', '--words', 'harbour plans', '--msPerShelf', '50']
    const task = await terminal.lineOf(0, 'run', ...search, '--detach')
    match(await terminal.lineOf(0, 'result', task, '--wait'), /^“harbour plans” is on shelf 4\.$/)
    match((await terminal.longhaul('logs', task)).stdout, /shelf \d+/)
    deepStrictEqual(read('server/calls.log').trim().split('\n'), ['harbour plans'])
    deepStrictEqual(await calls(task), { models: {}, tools: {} })
  },
}
