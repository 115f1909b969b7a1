import { expect, test } from 'vitest'
import { runGate } from './run-gate.ts'

test('a gate holds when its command exits with 0', async () => {
  const verdict = await runGate({ name: 'says', command: 'node -e "console.log(1); console.error(2)"' })
  expect(verdict).toMatchObject({ holds: true, output: expect.stringMatching(/^(1\n2|2\n1)\n$/) })
})

test('a gate does not hold when its command fails, is killed or does not exist', async () => {
  expect(await runGate({ name: 'fails', command: 'node -e "process.exit(3)"' })).toMatchObject({ holds: false })
  expect(await runGate({ name: 'dies', command: 'node -e "process.kill(process.pid, 9)"' })).toMatchObject({
    holds: false,
  })
  expect(await runGate({ name: 'gone', command: 'no-such-program' })).toMatchObject({ holds: false })
})

test('a gate finds the programs of node_modules', async () => {
  expect(await runGate({ name: 'types', command: 'tsc --version' })).toMatchObject({
    holds: true,
    output: expect.stringMatching(/^Version 7/),
  })
})
