import { expect, test } from 'vitest'
import { startStack } from './stack.ts'

test('requests in turn pass over every coordinator that has ended, also one that was added later', async () => {
  await using stack = await startDisposable()
  const added = await stack.addCoordinator()
  await added.process.kill('SIGKILL')
  for (let turn = 0; turn < 2; turn++) {
    expect((await stack.roundRobin(new URL('/healthz', stack.url()))).ok).toBe(true)
  }
})

async function startDisposable() {
  const stack = await startStack({ project: '.', coordinators: 1, workers: 0 })
  return { ...stack, [Symbol.asyncDispose]: stack.stop }
}
