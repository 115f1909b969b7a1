/** Answers of the four wires, as their documentation has them; a test gives what it is about. */

export const anthropicAnswer = (content: readonly object[], stopReason: string) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-test',
  content,
  stop_reason: stopReason,
  stop_sequence: null,
  usage: { input_tokens: 12, output_tokens: 7, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
})

export const responsesAnswer = (output: readonly object[], more: object = {}) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_790_000_000,
  model: 'gpt-test',
  status: 'completed',
  error: null,
  incomplete_details: null,
  output,
  usage: {
    input_tokens: 12,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 19,
  },
  ...more,
})

export const responsesText = (text: string) => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
})

export const chatAnswer = (message: object, finishReason: string) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'local-test',
  choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: finishReason }],
  usage: { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 },
})

export const chatCall = (id: string, name: string, args: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})

export const googleAnswer = (parts: readonly object[], finishReason = 'STOP') => ({
  candidates: [{ content: { role: 'model', parts }, finishReason, index: 0 }],
  usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 7, totalTokenCount: 19 },
  modelVersion: 'gemini-test',
  responseId: 'response_1',
})

/** What each wire says, with HTTP 400, of a conversation that is longer than the model takes. */
export const TOO_LONG = {
  anthropic: {
    type: 'error',
    error: { type: 'invalid_request_error', message: 'prompt is too long: 214315 tokens > 200000 maximum' },
  },
  openai: {
    error: {
      message: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
      type: 'invalid_request_error',
      param: 'input',
      code: 'context_length_exceeded',
    },
  },
  google: {
    error: {
      code: 400,
      message: 'The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).',
      status: 'INVALID_ARGUMENT',
    },
  },
  compatible: {
    error: {
      message: "This model's maximum context length is 8192 tokens. However, you requested 9203 tokens.",
      type: 'BadRequestError',
      code: 400,
    },
  },
} as const

/** The two ways in which a turn can be asked for. */
export const WAYS = [
  { way: 'whole', onDelta: undefined },
  { way: 'streamed', onDelta: () => {} },
] as const

/** The smallest PNG: one transparent pixel. */
export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
