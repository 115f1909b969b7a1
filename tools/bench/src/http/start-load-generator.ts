import { fileURLToPath } from 'node:url'
import { spawnNode } from '@longhaul/testbed'
import type { Order, Report } from './load-generator.ts'

export interface LoadGenerator {
  /** Requests, or cycles of them, per second. @throws Error with what it wrote, when a server did not answer as it should */
  run(order: Omit<Order, 'kind' | 'id'>): Promise<number>
  stop(): Promise<unknown>
}

export function startLoadGenerator(): LoadGenerator {
  const child = spawnNode(fileURLToPath(new URL('load-generator.ts', import.meta.url)))
  let last = 0
  return {
    run: async (order) => {
      const id = ++last
      child.send({ kind: 'order', id, ...order } satisfies Order)
      const isReport = (message: unknown): message is Report => (message as Report).id === id
      return (await child.ready(isReport)).perSecond
    },
    stop: () => child.kill('SIGKILL'),
  }
}
