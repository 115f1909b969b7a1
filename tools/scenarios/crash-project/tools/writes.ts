import { defineTool } from 'longhaul'
import { effect } from '../recorder-client.ts'

const inputSchema = { type: 'object', properties: { what: { type: 'string' } }, required: ['what'] }
const worker = process.pid

export const put = defineTool({
  name: 'put',
  description: 'Writes, and changes nothing the second time. Does not use its context.',
  inputSchema,
  annotations: { idempotentHint: true },
  execute: ({ what }) => effect(String(what), { worker }),
})

export const post = defineTool({
  name: 'post',
  description: 'Writes again each time. Does not use its context.',
  inputSchema,
  execute: ({ what }) => effect(String(what), { worker }),
})

export const putStep = defineTool({
  name: 'put_step',
  description: 'Writes in a step that may be repeated.',
  inputSchema,
  execute: ({ what }, ctx) =>
    ctx.step('write', ({ idempotencyKey }) => effect(String(what), { worker, key: idempotencyKey })),
})

export const postStep = defineTool({
  name: 'post_step',
  description: 'Writes in a step that must not be repeated unasked.',
  inputSchema,
  execute: ({ what }, ctx) =>
    ctx.step('write', ({ idempotencyKey }) => effect(String(what), { worker, key: idempotencyKey }), {
      inDoubt: 'ask',
      label: `the writing of ${what}`,
    }),
})

export const failStep = defineTool({
  name: 'fail_step',
  description: 'Writes in a step that fails when it is in doubt.',
  inputSchema,
  execute: ({ what }, ctx) =>
    ctx.step('write', ({ idempotencyKey }) => effect(String(what), { worker, key: idempotencyKey }), {
      inDoubt: 'fail',
    }),
})
