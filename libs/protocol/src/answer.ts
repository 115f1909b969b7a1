import type { Answer, MessageBlock, Question, Reply } from '@longhaul/task'
import {
  CreateMessageResultWithToolsSchema,
  ElicitResultSchema,
  ListRootsResultSchema,
} from '@modelcontextprotocol/sdk/types.js'
import type { z } from 'zod'
import { describeFaults } from './faults.ts'

/** What a client gives as the result of a question; the same in both eras (P3, P5, P27). */
export function parseAnswer(method: Question['method'], result: unknown): Reply {
  switch (method) {
    case 'sampling/createMessage':
      return parseSampling(result)
    case 'elicitation/create':
      return parseElicitation(result)
    case 'roots/list':
      return parseRoots(result)
  }
}

function parseRoots(result: unknown): Reply {
  const parsed = ListRootsResultSchema.safeParse(result)
  if (!parsed.success) return malformed(parsed.error)
  const roots = parsed.data.roots.map(({ uri, name }) => ({ uri, ...(name !== undefined && { name }) }))
  return { kind: 'answer', answer: { roots } }
}

function parseElicitation(result: unknown): Reply {
  const parsed = ElicitResultSchema.safeParse(result)
  if (!parsed.success) return malformed(parsed.error)
  const { action, content } = parsed.data
  return { kind: 'answer', answer: { action, ...(content && { content }) } }
}

function parseSampling(result: unknown): Reply {
  const parsed = CreateMessageResultWithToolsSchema.safeParse(result)
  if (!parsed.success) return malformed(parsed.error)
  const { model, role, content, stopReason } = parsed.data
  if (role !== 'assistant') return { kind: 'malformed', reason: 'role: a model answers as assistant' }
  const blocks = (Array.isArray(content) ? content : [content]) as unknown as readonly MessageBlock[]
  if (blocks.some(({ type }) => type === 'tool_result'))
    return { kind: 'malformed', reason: 'content: a model answers with no tool_result' }
  const answer: Answer = { model, role, content: blocks, ...(stopReason && { stopReason }) }
  return { kind: 'answer', answer }
}

const malformed = (error: z.core.$ZodError): Reply => ({ kind: 'malformed', reason: describeFaults(error) })
