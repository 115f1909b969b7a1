import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { chatAnswer, chatCall, turn } from '@longhaul/testbed/providers'
import type { Recorder } from './recorder.ts'
import { callsOf, type Script } from './script.ts'

interface ChatRequest {
  readonly messages: readonly { readonly role: string; readonly content: unknown }[]
}

export interface ModelServer extends AsyncDisposable {
  /** For OPENAI_COMPATIBLE_BASE_URL. */
  readonly url: string
  /** What it was asked, by the name of the effect: `run/m2` is the second turn. */
  readonly asked: ReadonlyMap<string, readonly ChatRequest[]>
}

/** A provider's chat completions, whose model follows the script of its prompt. Each turn is an effect for the recorder. */
export async function startModelServer(recorder: Recorder): Promise<ModelServer> {
  const asked = new Map<string, ChatRequest[]>()
  const answer = async (request: ChatRequest) => {
    const prompt = toText(request.messages.find(({ role }) => role === 'user')?.content)
    const turn = request.messages.filter(({ role }) => role === 'assistant').length
    const what = `${(JSON.parse(prompt) as Script).run}/m${turn + 1}`
    asked.set(what, [...(asked.get(what) ?? []), request])
    await recorder.take({ phase: 'begun', what, worker: 0, at: Date.now() })
    const calls = callsOf(prompt, turn)
    const words = request.messages.filter(({ role }) => role === 'tool').map(({ content }) => toText(content))
    if (calls.length === 0) return chatAnswer({ content: words.join('\n') }, 'stop')
    const tool_calls = calls.map(({ id, name, input }) => chatCall(id, name, JSON.stringify(input)))
    return chatAnswer({ tool_calls }, 'tool_calls')
  }
  const server = createServer(async (request, response) => {
    const { url: path = '', headers } = request
    const body = JSON.parse(await text(request))
    turn(await answer(body))(response, { path, headers, body })
  })
  // A worker may be frozen for longer than a connection is kept by default, and must find it as it was.
  server.keepAliveTimeout = 0
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

const toText = (content: unknown): string =>
  typeof content === 'string' ? content : (content as { text?: string }[]).map(({ text }) => text ?? '').join('')
