import { expect, test } from 'vitest'
import { parseHostedRequestId, toHostedRequest } from './hosted-request.ts'

test.each([
  ['get', 'tasks/get'],
  ['completed', 'tasks/result'],
  ['failed', 'tasks/result'],
  ['cancel', 'tasks/cancel'],
] as const)('asks a client about its task (%s) with its own id and nothing else', (kind, method) => {
  const id = 'a task of the client: 1'.repeat(40)
  const request = toHostedRequest(kind, id)
  expect(request).toEqual({ jsonrpc: '2.0', id: expect.any(String), method, params: { taskId: id } })
  expect(String(request.id).length).toBeLessThan(64)
  const parsed = parseHostedRequestId(request.id)
  expect(parsed?.kind).toBe(kind)
  expect(parsed?.isAbout(id)).toBe(true)
  expect(parsed?.isAbout('another')).toBe(false)
})

test('uses no id twice', () => {
  expect(toHostedRequest('get', 'a').id).not.toBe(toHostedRequest('get', 'a').id)
})

test.each([7, '', 'get', 'get:a:b', '00AAAAAAAAAAAAAAAAAAAAAA.q1.1', 'list:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAA'])(
  'knows an id that is of no such request: %j',
  (id) => expect(parseHostedRequestId(id)).toBeUndefined(),
)
