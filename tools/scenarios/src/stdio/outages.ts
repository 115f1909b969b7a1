import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { WireMessage } from '../message.ts'
import { ABLE, WireSession } from '../wire-session.ts'
import { WireStdio } from '../wire-stdio.ts'
import type { Era, Person, World } from '../world.ts'
import { enveloped } from './modern.ts'

const HELLO = { protocolVersion: '2025-11-25', capabilities: ABLE, clientInfo: { name: 'lines', version: '1.0.0' } }

/** Clients hear nothing of a coordinator that dies by SIGKILL and is started again, whatever they wait for. */
export function outages(world: World): void {
  const open: WireStdio[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.kill('SIGKILL')))
  })

  const startCoordinator = async () => {
    const PORT = await freePort()
    let { process } = await world.stack.addCoordinator({ PORT })
    return {
      connect: (era: Era, person?: Person) => {
        const client = new WireStdio(world, {
          era,
          url: new URL(`http://127.0.0.1:${PORT}`),
          ...(person && { person }),
        })
        open.push(client)
        return client
      },
      kill: () => process.kill('SIGKILL'),
      startAgain: async () => {
        process = (await world.stack.addCoordinator({ PORT })).process
      },
    }
  }

  test('has the answers that it waited for, and answers what it was asked before [R12 R13 T23 T30]', async () => {
    const { connect, kill, startAgain } = await startCoordinator()
    const client = connect('legacy')
    await client.ask('hello', 'initialize', HELLO)
    client.send({ method: 'notifications/initialized' })
    const call = { name: 'confirm', arguments: { filename: 'a.txt' } }
    const { taskId } = Object((await client.ask(1, 'tools/call', { ...call, task: {} })).result).task
    client.request('result', 'tasks/result', { taskId })
    const question = await client.heard(({ method }) => method === 'elicitation/create')
    const counting = { name: 'progress', arguments: { to: 4, everyMs: 300 }, _meta: { progressToken: 'p' } }
    client.request('plain', 'tools/call', counting)
    await client.heard(({ method }) => method === 'notifications/progress')

    await kill()
    client.send({ id: question.id, result: { action: 'accept', content: { confirm: true } } })
    client.request('meanwhile', 'tools/call', { name: 'divide', arguments: { a: 6, b: 3 } })
    await startAgain()

    expect((await client.answerTo('result')).result).toMatchObject({ content: [{ text: 'deleted a.txt' }] })
    expect((await client.answerTo('plain')).result).toMatchObject({ content: [{ text: 'counted to 4' }] })
    expect((await client.answerTo('meanwhile')).result).toMatchObject({ content: [{ text: '2' }] })
    await client.heard(({ method }) => method === 'notifications/tools/list_changed')
  })

  test('keeps subscriptions and calls that wait [R5 R28 U36]', async () => {
    const { connect, kill, startAgain } = await startCoordinator()
    const client = connect('modern')
    const { taskId } = Object(
      (await client.ask(1, 'tools/call', enveloped({ name: 'confirm', arguments: { filename: 'b' } }))).result,
    )
    client.request(
      'news',
      'subscriptions/listen',
      enveloped({ notifications: { taskIds: [taskId], toolsListChanged: true } }),
    )
    await client.heard(({ params }) => params?.status === 'input_required')
    const counting = { name: 'progress', arguments: { to: 4, everyMs: 300 } }
    client.request('plain', 'tools/call', enveloped(counting, {}, { progressToken: 'p' }))
    await client.heard(({ method }) => method === 'notifications/progress')

    await kill()
    await startAgain()

    expect((await client.answerTo('plain')).result).toMatchObject({ content: [{ text: 'counted to 4' }] })
    await client.heard(({ method }) => method === 'notifications/tools/list_changed')
    await client.ask(2, 'tasks/cancel', enveloped({ taskId }))
    await client.heard(({ params }) => params?.status === 'cancelled')
    const isAcknowledgement = ({ method = '' }) => method === 'notifications/subscriptions/acknowledged'
    expect(client.messages.filter(isAcknowledgement)).toHaveLength(1)
  })

  test('answers each call once, and makes one task of it, whenever its coordinator dies', {
    timeout: 90_000,
  }, async () => {
    const { connect, kill, startAgain } = await startCoordinator()
    const [legacy, modern] = [connect('legacy', 'bob'), connect('modern', 'bob')]
    await legacy.ask('hello', 'initialize', HELLO)
    const call = { name: 'divide', arguments: { a: 6, b: 3 } }
    const answers: Promise<WireMessage>[] = []
    const goOn = () => {
      const id = answers.length
      answers.push(
        legacy.ask(id, 'tools/call', call),
        legacy.ask(id + 1, 'tools/call', { ...call, task: {} }),
        modern.ask(id + 2, 'tools/call', enveloped(call)),
        modern.ask(id + 3, 'tools/call', enveloped(call, {})),
      )
    }
    const calling = setInterval(goOn, 20)
    for (let time = 0; time < 2; time++) {
      const count = answers.length
      await expect.poll(() => answers.length).toBeGreaterThan(count + 20)
      await kill()
      await startAgain()
    }
    clearInterval(calling)
    for (const { error } of await Promise.all(answers)) expect(error).toBeUndefined()
    expect(await countTasks(await WireSession.open(world, { person: 'bob' }))).toBe(answers.length)
  })
}

async function countTasks(session: WireSession): Promise<number> {
  let count = 0
  let cursor: string | undefined
  do {
    const page = await session.result<{ tasks: object[]; nextCursor?: string }>('tasks/list', cursor ? { cursor } : {})
    count += page.tasks.length
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return count
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return String(port)
}
