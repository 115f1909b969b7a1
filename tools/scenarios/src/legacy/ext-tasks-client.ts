import { type ApplicationInputRequest, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client'
import { afterEach, expect, test } from 'vitest'
import { type ExtTasks, openExtTasks } from '../ext-tasks-session.ts'
import { authorization, type World } from '../world.ts'

/**
 * The official client of the tasks extension on a server of 2025-11-25. It never calls tasks/result while a task asks,
 * so it is asked on its session stream.
 */
export function extTasksClient(world: World): void {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })

  const enter = async (asked: ApplicationInputRequest[] = []): Promise<ExtTasks> => {
    const entered = await openExtTasks({
      served: world,
      era: 'legacy',
      headers: authorization('alice'),
      elicit: (request) => {
        asked.push(request)
        return { action: 'accept', content: { confirm: true } }
      },
      sample: () => ({ model: 'm', role: 'assistant', content: { type: 'text', text: 'a poem' } }),
    })
    open.push(entered.client, entered.session)
    return entered
  }

  test('agrees to the newest revision with initialize [R19]', async () => {
    const { client } = await enter()
    expect(client.getProtocolEra()).toBe('legacy')
    expect(client.getNegotiatedProtocolVersion()).toBe('2025-11-25')
    const result = await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } })
    expect(result).toEqual({ content: [{ type: 'text', text: '{"sum":3}' }], structuredContent: { sum: 3 } })
  })

  test('submits, polls, answers on its session stream, and has the result [T9 T16 T27 T28]', async () => {
    const asked: ApplicationInputRequest[] = []
    const { session } = await enter(asked)
    const execution = await session.callTool('confirm', { filename: 'a.txt' }, { task: { preference: 'require' } })
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

  test('lends its model inside a task [T28 P1]', async () => {
    const { session } = await enter()
    const execution = await session.callTool('poet', { prompt: 'rain' }, { task: { preference: 'require' } })
    const { outcome } = await execution.settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text', text: 'a poem' }] })
  })

  test('answers the question of a plain call, which is no task to it [T27]', async () => {
    const asked: ApplicationInputRequest[] = []
    const { session } = await enter(asked)
    const execution = await session.callTool('confirm', { filename: 'b.txt' }, { task: { preference: 'forbid' } })
    expect(execution.kind).toBe('immediate')
    const { outcome } = await execution.settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text', text: 'deleted b.txt' }] })
    expect(asked).toHaveLength(1)
  })

  test('lists tasks, and takes one up again by its reference [T38 T43]', async () => {
    const { session } = await enter()
    const execution = await session.callTool('divide', { a: 6, b: 3 }, { task: { preference: 'require' } })
    if (execution.kind !== 'task') throw new Error('It must be a task.')
    const reference = execution.serializeReference()
    await execution.detach()
    const { tasks } = await session.listTasks()
    expect(tasks.map(({ taskId }) => taskId)).toContain(reference.taskId)

    const { session: later } = await enter()
    const { outcome } = await (await later.resumeTask(reference)).settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text', text: '2' }] })
  })

  test('cancels a task [T35]', async () => {
    const { session } = await enter()
    const execution = await session.callTool('slow', { ms: 60_000 }, { task: { preference: 'require' } })
    await execution.cancel()
    const { outcome } = await execution.settle()
    expect(outcome.status).toBe('cancelled')
  })

  test('tells a task that failed from one that completed [T34]', async () => {
    const { session } = await enter()
    const execution = await session.callTool('fails', {}, { task: { preference: 'require' } })
    const { outcome } = await execution.settle()
    expect(outcome).toMatchObject({ status: 'failed', error: { message: 'The disk is full.' } })
  })
}
