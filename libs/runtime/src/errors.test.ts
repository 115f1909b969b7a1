import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { toFailure } from './errors.ts'

test('a fetch that failed says why', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  const error = await fetch(`http://127.0.0.1:${port}`).catch((thrown: unknown) => thrown)
  expect(toFailure(error)).toEqual({ message: `fetch failed: connect ECONNREFUSED 127.0.0.1:${port}` })
  const several = new AggregateError([], '')
  const unsaid = new TypeError('fetch failed', { cause: Object.assign(several, { code: 'ECONNREFUSED' }) })
  expect(toFailure(unsaid)).toEqual({ message: 'fetch failed: ECONNREFUSED' })
})

test('what else causes an error stays with it', () => {
  expect(toFailure(new Error('The board is away', { cause: new Error('password=1234') }))).toEqual({
    message: 'The board is away',
  })
})
