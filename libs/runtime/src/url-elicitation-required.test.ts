import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import { UrlElicitationRequiredError } from './url-elicitation-required.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

test('a tool that needs pages first fails its task with them, each under an id of its own', async () => {
  const task = await bench.submit(
    defineProgram(async () => {
      throw new UrlElicitationRequiredError([
        { message: 'Connect.', url: 'https://a.example/connect' },
        { message: 'Pay.', url: 'https://b.example/pay', elicitationId: 'pay-1' },
      ])
    }),
  )
  expect(await task.run()).toBe('finished')
  expect(await task.outcome()).toEqual({
    kind: 'error',
    error: {
      code: -32042,
      message:
        'A person has to open a page first, then call again: ' +
        'Connect. https://a.example/connect; Pay. https://b.example/pay',
      data: {
        elicitations: [
          {
            mode: 'url',
            message: 'Connect.',
            url: 'https://a.example/connect',
            elicitationId: expect.stringMatching(/^[\w-]{24}$/),
          },
          { mode: 'url', message: 'Pay.', url: 'https://b.example/pay', elicitationId: 'pay-1' },
        ],
      },
    },
  })
})

test.each(['http://pay.example', 'pay', 'https://anna:secret@pay.example'])('such a page cannot be %s [P25]', (url) => {
  expect(() => new UrlElicitationRequiredError([{ message: 'Pay.', url }])).toThrow('url must')
})
