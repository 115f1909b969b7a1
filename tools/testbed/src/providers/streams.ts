import { events, json, type ReceivedRequest, type Reply } from './provider-server.ts'

/** An answer of one of the wires, whole or as the events that its provider would stream it in: as it was asked for. */
export const turn =
  (answer: object): Reply =>
  (response, request) =>
    (isStreamed(request) ? events(toEvents(answer)) : json(answer))(response, request)

/** The events of a streamed answer; texts come in pieces. */
export function toEvents(answer: object): (string | object)[] {
  const parts = answer as Parts
  if (parts.type === 'message') return anthropicEvents(parts)
  if (parts.object === 'response') return responsesEvents(parts)
  return parts.candidates ? googleEvents(parts) : chatEvents(parts)
}

const isStreamed = ({ path, body }: ReceivedRequest): boolean =>
  path.includes(':streamGenerateContent') || (body as { stream?: boolean }).stream === true

// biome-ignore lint/suspicious/noExplicitAny: answers of four wires, as their tests write them
type Parts = any

const pieces = (text: string): string[] => text.match(/.{1,3}/gs) ?? []

function anthropicEvents({ content, stop_reason, stop_sequence, usage, ...message }: Parts): object[] {
  const blocks = content.flatMap((block: Parts, index: number) => {
    const delta = (part: object) => ({ type: 'content_block_delta', index, delta: part })
    const [start, deltas] = anthropicBlock(block)
    return [
      { type: 'content_block_start', index, content_block: start },
      ...deltas.map(delta),
      { type: 'content_block_stop', index },
    ]
  })
  const begun = { ...usage, output_tokens: 1 }
  return [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null, usage: begun } },
    { type: 'ping' },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason, stop_sequence }, usage: { output_tokens: usage.output_tokens } },
    { type: 'message_stop' },
  ]
}

function anthropicBlock(block: Parts): [object, object[]] {
  switch (block.type) {
    case 'text':
      return [{ ...block, text: '' }, pieces(block.text).map((text) => ({ type: 'text_delta', text }))]
    case 'thinking': {
      const thoughts = pieces(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking }))
      const signature = { type: 'signature_delta', signature: block.signature }
      return [{ ...block, thinking: '', signature: '' }, [...thoughts, signature]]
    }
    case 'tool_use': {
      const input = pieces(JSON.stringify(block.input))
      return [{ ...block, input: {} }, input.map((partial_json) => ({ type: 'input_json_delta', partial_json }))]
    }
    default:
      return [block, []]
  }
}

function responsesEvents(response: Parts): object[] {
  const begun = { ...response, status: 'in_progress', output: [], error: null, usage: null }
  const items = response.output.flatMap((item: Parts, output_index: number) => {
    const at = { item_id: item.id, output_index }
    const content = item.type === 'message' ? [] : undefined
    return [
      {
        type: 'response.output_item.added',
        output_index,
        item: { ...item, ...(content && { content }), ...empty(item) },
      },
      ...responsesDeltas(item, at),
      { type: 'response.output_item.done', output_index, item },
    ]
  })
  const end = { completed: 'response.completed', incomplete: 'response.incomplete', failed: 'response.failed' }
  return [
    { type: 'response.created', response: begun },
    ...items,
    { type: end[response.status as keyof typeof end], response },
  ].map((event, sequence_number) => ({ ...event, sequence_number }))
}

const empty = (item: Parts): object => {
  if (item.type === 'function_call') return { arguments: '' }
  return item.type === 'reasoning' ? { summary: [] } : {}
}

function responsesDeltas(item: Parts, at: object): object[] {
  switch (item.type) {
    case 'message': {
      const where = { ...at, content_index: 0 }
      return item.content.flatMap(({ type, text, refusal }: Parts) =>
        pieces(text ?? refusal).map((delta) => ({ type: `response.${type}.delta`, ...where, delta })),
      )
    }
    case 'function_call':
      return pieces(item.arguments).map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta }))
    case 'reasoning':
      return item.summary.flatMap((part: Parts, summary_index: number) => {
        const where = { ...at, summary_index }
        return [
          { type: 'response.reasoning_summary_part.added', ...where, part: { ...part, text: '' } },
          ...pieces(part.text).map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...where, delta })),
          { type: 'response.reasoning_summary_part.done', ...where, part },
        ]
      })
    default:
      return []
  }
}

function chatEvents({ choices, usage, ...rest }: Parts): (string | object)[] {
  const [{ message, finish_reason }] = choices
  const chunk = (delta: object, finish: string | null = null) => ({
    ...{ ...rest, object: 'chat.completion.chunk' },
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  const calls = (message.tool_calls ?? []).flatMap(
    ({ function: { name, arguments: args }, ...call }: Parts, index: number) => [
      chunk({ tool_calls: [{ index, ...call, function: { name, arguments: '' } }] }),
      ...pieces(args).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ],
  )
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces(message.reasoning_content ?? '').map((piece) => chunk({ reasoning_content: piece })),
    ...pieces(message.content ?? '').map((piece) => chunk({ content: piece })),
    ...calls,
    chunk({}, finish_reason),
    { ...rest, object: 'chat.completion.chunk', choices: [], usage },
    '[DONE]',
  ]
}

function googleEvents({ candidates, ...rest }: Parts): object[] {
  const [candidate] = candidates
  if (!candidate) return [rest]
  const { content, finishReason, ...more } = candidate
  const chunk = (part: object) => ({ candidates: [{ content: { role: 'model', parts: [part] }, index: 0 }] })
  const chunks = (content?.parts ?? []).flatMap((part: Parts) =>
    // A signature comes with the last piece of what it signs.
    part.text === undefined ? [chunk(part)] : textParts(part).map(chunk),
  )
  return [...chunks, { ...rest, candidates: [{ content: { role: 'model', parts: [] }, finishReason, ...more }] }]
}

function textParts({ text, thoughtSignature, ...part }: Parts): object[] {
  const cuts = pieces(text)
  return cuts.map((piece, index) => ({
    ...part,
    text: piece,
    ...(thoughtSignature && index === cuts.length - 1 && { thoughtSignature }),
  }))
}
