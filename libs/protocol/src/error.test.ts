import { ERROR_CODES, LonghaulError } from '@longhaul/task'
import { expect, test } from 'vitest'
import { toRpcError } from './error.ts'
import { RpcError } from './json-rpc.ts'

test('every mistake of a caller is invalid params; too many tasks and a store that is away are not', () => {
  const codes = ERROR_CODES.map((code) => [code, toRpcError(new LonghaulError(code, 'said')).code])
  expect(Object.fromEntries(codes)).toEqual({
    task_not_found: -32602,
    task_finished: -32602,
    task_not_retriable: -32602,
    task_not_steerable: -32602,
    too_many_messages: -32602,
    tool_not_found: -32602,
    prompt_not_found: -32602,
    resource_not_found: -32002,
    arguments_invalid: -32602,
    submission_invalid: -32602,
    idempotency_conflict: -32602,
    too_many_tasks: -31000,
    answer_invalid: -32602,
    answer_exhausted: -32602,
    question_not_open: -32602,
    cursor_invalid: -32602,
    client_cannot_answer: -32602,
    too_large: -32602,
    store_unavailable: -31000,
  })
})

test('hands on the message and the data', () => {
  const error = new LonghaulError('client_cannot_answer', 'It needs sampling.', { data: { capability: 'sampling' } })
  expect(toRpcError(error)).toEqual({
    code: -32602,
    message: 'It needs sampling.',
    data: { capability: 'sampling' },
  })
  expect(toRpcError(new RpcError(-32601, 'Method not found'))).toEqual({ code: -32601, message: 'Method not found' })
})

test.each([new Error('password=1'), 'password=1', undefined, { code: 5, message: 'x' }])(
  'says nothing of what is not ours to tell',
  (error) => {
    expect(toRpcError(error)).toEqual({ code: -32603, message: 'Internal error' })
  },
)
