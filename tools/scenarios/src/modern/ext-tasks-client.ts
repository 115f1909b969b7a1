import { type ApplicationInputRequest, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client'
import { afterEach, expect, test } from 'vitest'
import { type ExtTasks, openExtTasks } from '../ext-tasks-session.ts'
import { VERSION } from '../wire-modern.ts'
import { authorization, type World } from '../world.ts'

interface Options {
  readonly asked?: ApplicationInputRequest[]
  /** What its model says, turn by turn. */
  readonly says?: readonly object[]
}

/** The official client of the tasks extension, which finds the revision by itself. */
export function extTasksClient(world: World): void {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })

  const enter = async ({ asked = [], says = [] }: Options = {}): Promise<ExtTasks> => {
    const turns = says[Symbol.iterator]()
    const entered = await openExtTasks({
      served: world,
      era: 'modern',
      headers: authorization('alice'),
      elicit: (request) => {
        asked.push(request)
        return { action: 'accept', content: { confirm: true } }
      },
      sample: (request) => {
        asked.push(request)
        return { model: 'm', role: 'assistant', ...turns.next().value } as never
      },
    })
    open.push(entered.client, entered.session)
    expect(entered.client.getNegotiatedProtocolVersion()).toBe(VERSION)
    return entered
  }

  test('submits, polls, answers a form, and has the result [U2 U8 U16 U17 U22 U41]', async () => {
    const asked: ApplicationInputRequest[] = []
    const { session } = await enter({ asked })
    const execution = await session.callTool('confirm', { filename: 'a.txt' })
    expect(execution.kind).toBe('task')
    const statuses: string[] = []
    const { outcome } = await execution.settle({
      onEvent: (event) => {
        if (event.type === 'task') statuses.push(event.task.status)
      },
    })
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text', text: 'deleted a.txt' }] })
    expect(statuses.at(0)).toBe('working')
    expect(asked).toMatchObject([{ kind: 'elicitation', params: { message: 'Delete a.txt?' } }])
  })

  test('lends its model, with tools, to a task [U22 U25 P1 P2 P5]', async () => {
    const asked: ApplicationInputRequest[] = []
    const use = { type: 'tool_use', id: 'c0', name: 'add', input: { a: 1, b: 2 } }
    const says = [
      { stopReason: 'toolUse', content: [use] },
      { stopReason: 'endTurn', content: { type: 'text', text: 'three' } },
    ]
    const { session } = await enter({ asked, says })
    const execution = await session.callTool('calculator', { prompt: '1+2?' })
    const { outcome } = await execution.settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text', text: 'three' }] })
    expect(asked.map(({ kind }) => kind)).toEqual(['sampling', 'sampling'])
    expect(asked[0]?.params?.tools).toMatchObject([{ name: 'add' }, { name: 'divide' }])
  })

  test('has at once what is no task [U14]', async () => {
    const { session } = await enter()
    const execution = await session.callTool('greet', { name: 'Ann' })
    expect(execution.kind).toBe('immediate')
    const { outcome } = await execution.settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ text: 'Hello, Ann!' }] })
  })

  test('cancels a task, and again where it is over [U29]', async () => {
    const { session } = await enter()
    const execution = await session.callTool('slow', { ms: 60_000 })
    if (execution.kind !== 'task') throw new Error('It must be a task.')
    await execution.cancel()
    const { outcome } = await execution.settle()
    expect(outcome.status).toBe('cancelled')
    await session.cancelTask(execution.handle.taskId)
  })

  test('tells a result that is an error from an error [U18 U19]', async () => {
    const { session } = await enter()
    const bad = await (await session.callTool('fails')).settle()
    expect(resultFromTaskOutcome(bad.outcome)).toMatchObject({
      isError: true,
      content: [{ text: 'The disk is full.' }],
    })
    const broken = await (await session.callTool('protocol_error')).settle()
    expect(broken.outcome).toMatchObject({
      status: 'failed',
      error: { message: 'The printer is on fire.', code: 4001, data: { printer: 'lp0' } },
    })
  })

  test('takes a task up again after it was started anew, with nothing but its reference [U9 U20 U38]', async () => {
    const { session } = await enter()
    const execution = await session.callTool('progress', { to: 2, ask: true })
    if (execution.kind !== 'task') throw new Error('It must be a task.')
    let reference = ''
    // A session that is closed in order cancels its tasks; one that is killed does not.
    await execution.handoff((task) => {
      reference = JSON.stringify(task)
    })
    const { session: later } = await enter()
    const { outcome } = await (await later.resumeTask(JSON.parse(reference))).settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text', text: 'counted to 2' }] })
  })

  test('hears of a task by a subscription beside it [U31 U32 U35]', async () => {
    const { session, client } = await enter()
    const { taskId } = (await (await session.callTool('confirm', { filename: 'a' })).settle()).outcome.task ?? {}
    const heard: unknown[] = []
    const inner = client.fallbackNotificationHandler
    client.fallbackNotificationHandler = async (notification) => {
      heard.push(notification)
      await inner?.(notification)
    }
    const subscription = await client.listen({ taskIds: [taskId] } as object)
    // It does not tell of the part of a filter that it does not know.
    expect(subscription.honoredFilter).toEqual({})
    await expect
      .poll(() => heard)
      .toMatchObject([
        { method: 'notifications/tasks', params: { taskId, status: 'completed', result: { resultType: 'complete' } } },
      ])
    await subscription.close()
  })
}
