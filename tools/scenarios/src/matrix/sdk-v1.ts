import { type CrashClient, connectClient } from '../../crash-project/driver/client.ts'
import type { Content, Driver, MatrixClient, Reach } from './driver.ts'

/** The SDK's client, version 1, with its experimental tasks. */
export async function connectSdkV1({ served, headers }: Reach): Promise<MatrixClient> {
  let content = Promise.withResolvers<Content>()
  const connect = () =>
    connectClient({
      url: served.url,
      fetch: withHeaders(served.client('legacy')(), headers),
      elicit: async () => ({ action: 'accept', content: await content.promise }),
    })
  let client: CrashClient = await connect()

  const result = async (taskId: string): Promise<string> => {
    const { text, isError } = await client.result(taskId)
    if (isError) throw new Error(text)
    return text
  }
  const answer: Driver['answer'] = async (taskId, given) => {
    content.resolve(given)
    return result(taskId)
  }
  const submit: Driver['submit'] = ({ name, args }) => client.submit(name, args)
  const own: Driver = {
    submit,
    status: (taskId) => client.status(taskId),
    elicit: async (call, given) => answer(await submit(call), given),
    sample: async (call) => result(await submit(call)),
    cancel: async (taskId) => void (await client.cancel(taskId)),
    list: () => client.list(),
    result,
    answer,
  }
  return {
    own,
    plain: own,
    restart: async () => {
      await client.close()
      content = Promise.withResolvers()
      client = await connect()
    },
    close: () => client.close(),
  }
}

function withHeaders(base: typeof fetch, headers: Reach['headers']): typeof fetch {
  return (input, init) => {
    const all = new Headers(init?.headers)
    for (const [name, value] of Object.entries(headers)) all.set(name, value)
    return base(input, { ...init, headers: all })
  }
}
