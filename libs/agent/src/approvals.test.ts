import { type Tool, toCatalogEntry } from '@longhaul/runtime'
import { text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { agentDefinition, lookTool, said, script } from '../test/agent-parts.ts'
import { modelChooser, openWorld } from '../test/agent-world.ts'
import type { AgentDefinition } from './agent-definition.ts'
import type { AgentTool } from './agent-tool.ts'
import { createAgent } from './create-agent.ts'

const world = await openWorld()

const agentWith = (tools: readonly AgentTool[], changes: Partial<AgentDefinition> = {}): Tool =>
  createAgent(agentDefinition({ approval: [], ...changes }), { tools, choice: { kind: 'model' } })
const approve = (content: { readonly decision?: string; readonly arguments?: string } = {}) =>
  ({ action: 'accept', content: { decision: 'approve', ...content } }) as const
const mailTool = () => lookTool('mail', ({ place }) => said(`sent to ${place}`), 'ask')
const TWO_TURNS = `
- { say: I write to Oslo., call: [{ tool: mail, with: { place: Oslo } }] }
- say: Done.`

test('a call that may destroy something waits for an approval, which shows what it is about', async () => {
  const mail = mailTool()
  const map = { ...lookTool('map', () => said('found')), annotations: { readOnlyHint: true } }
  const models = modelChooser(
    script(`
- { say: I write to Oslo., call: [{ tool: mail, with: { place: Oslo } }, { tool: map, with: { place: Rome } }] }
- { expect: [sent to Oslo, found], say: Done. }`),
  )
  const task = await world.begin(agentWith([mail, map]), { models })
  expect(await task.run()).toBe('suspended')
  expect([mail.calls.length, map.calls.length]).toEqual([0, 1])
  expect(await task.questions()).toEqual(['t1.1.approval'])
  expect(await task.form('t1.1.approval')).toBe(`May the agent 'clerk' call mail with these arguments?

{
  "place": "Oslo"
}

What the model says: “I write to Oslo.”

Why you are asked: Nobody who is trusted says that the tool destroys nothing.`)

  await task.answer('t1.1.approval', approve())
  expect(await task.run()).toBe('finished')
  expect(mail.calls).toEqual([{ place: 'Oslo' }])
  expect((await task.result()).content).toEqual([text('Done.')])
})

test('a denial is in the very next request to the model, with its reason, and the call is not made', async () => {
  const mail = mailTool()
  const models = modelChooser(script(TWO_TURNS))
  const task = await world.begin(agentWith([mail]), { models })
  await task.run()
  const content = { decision: 'deny', reason: 'Write to Rome instead.' }
  await task.answer('t1.1.approval', { action: 'accept', content })
  expect(await task.run()).toBe('finished')
  expect(mail.calls).toEqual([])
  expect(models.asked[1]?.messages.at(-1)).toMatchObject({
    role: 'user',
    content: [
      {
        isError: true,
        content: [
          text('This call needed an approval, which was denied; it was not made. The reason: Write to Rome instead.'),
        ],
      },
    ],
  })
})

test.for(['decline', 'cancel'] as const)('a question that meets with %s approves nothing', async (action) => {
  const mail = mailTool()
  const models = modelChooser(script(TWO_TURNS))
  const task = await world.begin(agentWith([mail]), { models })
  await task.run()
  await task.answer('t1.1.approval', { action })
  expect(await task.run()).toBe('finished')
  expect(mail.calls).toEqual([])
  const why = action === 'decline' ? 'The question was declined.' : 'The question was closed without a decision.'
  expect(JSON.stringify(models.asked[1]?.messages.at(-1))).toContain(why)
})

test('a call is made with the arguments to which they were changed, once these fit, and the model knows', async () => {
  const mail = mailTool()
  const models = modelChooser(script(TWO_TURNS))
  const task = await world.begin(agentWith([mail]), { models })
  await task.run()
  await task.answer('t1.1.approval', approve({ arguments: '{"place": ' }))
  expect(await task.run()).toBe('suspended')
  expect(await task.questions()).toEqual(['t1.1.approval.2'])
  expect(await task.form('t1.1.approval.2')).toMatch(
    /^These arguments cannot be used: they are not JSON \(.+\)\. The call was not/,
  )
  await task.answer('t1.1.approval.2', approve({ arguments: '{"place":7}' }))
  expect(await task.run()).toBe('suspended')
  expect(await task.form('t1.1.approval.3')).toMatch(/^These arguments cannot be used: place must be string\./)
  await task.answer('t1.1.approval.3', approve({ arguments: '{ "place": "Rome" }' }))

  expect(await task.run()).toBe('finished')
  expect(mail.calls).toEqual([{ place: 'Rome' }])
  expect(models.asked[1]?.messages.at(-1)).toMatchObject({
    content: [
      {
        content: [text('[Whoever approved this call changed its arguments to {"place":"Rome"}]'), text('sent to Rome')],
      },
    ],
  })
})

test('calls of one turn are asked about side by side, and answered in any order', async () => {
  const mail = mailTool()
  const models = modelChooser(
    script(`
- call: [{ tool: mail, with: { place: Oslo } }, { tool: mail, with: { place: Rome } }]
- say: Done.`),
  )
  const task = await world.begin(agentWith([mail]), { models })
  await task.run()
  expect(await task.questions()).toEqual(['t1.1.approval', 't1.2.approval'])
  await task.answer('t1.2.approval', approve())
  expect(await task.run()).toBe('suspended')
  expect(mail.calls).toEqual([{ place: 'Rome' }])
  expect(await task.questions()).toEqual(['t1.1.approval'])
  await task.answer('t1.1.approval', { action: 'accept', content: { decision: 'deny' } })
  expect(await task.run()).toBe('finished')
  expect(mail.calls.length).toBe(1)
  expect(JSON.stringify(models.asked[1]?.messages.at(-1))).toMatch(/No reason was given.*sent to Rome/)
})

test('an approval for the rest of the task holds for later calls of the tool, whoever goes on with it', async () => {
  const mail = mailTool()
  const other = lookTool('other', () => said('done'))
  const models = modelChooser(
    script(`
- call: [{ tool: mail, with: { place: Oslo } }]
- call: [{ tool: mail, with: { place: Rome } }, { tool: other, with: { place: Bonn } }]
- call: [{ tool: mail, with: { place: Lima } }]
- say: Done.`),
  )
  const agent = agentWith([mail, other])
  const task = await world.begin(agent, { models })
  await task.run()
  await task.answer('t1.1.approval', approve({ decision: 'approve_all' }))
  expect(await task.run()).toBe('suspended')
  expect(await task.questions()).toEqual(['t2.2.approval'])
  expect(mail.calls.length).toBe(2)
  // Another activation, which knows nothing but the journal.
  await task.answer('t2.2.approval', approve())
  expect(await task.run()).toBe('finished')
  expect([mail.calls.length, other.calls.length]).toEqual([3, 1])
})

test('what was approved is not asked again, nor done twice, by whoever goes on after a worker was lost', async () => {
  const begun = Promise.withResolvers<void>()
  const mail = lookTool(
    'mail',
    () => {
      begun.resolve()
      return mail.calls.length === 1 ? new Promise(() => {}) : said('sent')
    },
    'ask',
  )
  const task = await world.begin(agentWith([mail]), { models: modelChooser(script(TWO_TURNS)) })
  await task.run()
  await task.answer('t1.1.approval', approve())
  // Lost between the approval and the call.
  const first = await task.activate()
  first.stop(new Error('gone'))
  expect(await task.questions()).toEqual([])
  expect(mail.calls).toEqual([])
  // Lost in the call: whether it took effect is another question.
  const second = await task.activate()
  await begun.promise
  second.stop(new Error('gone'))
  expect(await task.run()).toBe('suspended')
  expect(await task.questions()).toEqual(['t1.1!1'])
  await task.answer('t1.1!1', { action: 'accept', content: { decision: 'fail' } })
  await task.run()
  expect(JSON.stringify(await task.journal())).toContain('It was decided not to do it again')
  expect(mail.calls.length).toBe(1)
})

test('the approvals that a task needs are those of its beginning, and so is what came of them', async () => {
  const mail = mailTool()
  const slow = { ...lookTool('slow', () => said('slow')), annotations: { readOnlyHint: true } }
  const models = modelChooser(
    script(`
- call: [{ tool: mail, with: { place: Oslo } }, { tool: mail, with: { place: Rome } }]
- { expect: [Lima], say: Done. }`),
  )
  const task = await world.begin(agentWith([mail, slow]), { models })
  await task.run()
  await task.answer('t1.1.approval', approve({ arguments: '{"place":"Lima"}' }))
  expect(await task.run(agentWith([mail, slow], { approval: [{ ask: 'never', line: 3 }] }))).toBe('suspended')
  expect(mail.calls).toEqual([{ place: 'Lima' }])
  await task.answer('t1.2.approval', approve())
  expect(await task.run(agentWith([slow]))).toBe('finished')
  expect(mail.calls.length).toBe(1)
  expect(JSON.stringify(models.asked[1]?.messages.at(-1))).toMatch(/sent to Lima.*is not available any more/)
})

test('a call that nobody decides on in time is denied, or ends the task', async () => {
  const mail = mailTool()
  const waitFor = async (onApprovalTimeout: 'deny' | 'fail') => {
    const models = modelChooser(script(TWO_TURNS))
    const agent = agentWith([mail], { approvalTimeoutMs: 60_000, onApprovalTimeout })
    const task = await world.begin(agent, { models })
    await task.run()
    expect(await task.openFor('t1.1.approval')).toBeLessThanOrEqual(60_000)
    await task.elapse('t1.1.approval')
    expect(await task.run()).toBe('finished')
    return { task, models }
  }
  const denied = await waitFor('deny')
  expect(JSON.stringify(denied.models.asked[1]?.messages.at(-1))).toContain(
    'Nobody decided on it. Nobody answered before the deadline of the question.',
  )
  const { task, models } = await waitFor('fail')
  expect(await task.result()).toEqual({
    isError: true,
    content: [
      text(
        'The call of mail needs an approval. Nobody decided on it. Nobody answered before the deadline of the question.',
      ),
    ],
  })
  expect(models.asked.length).toBe(1)
  // A retry begins where somebody should have decided.
  const again = await task.retry()
  expect(await again.run()).toBe('suspended')
  expect(await again.questions()).toEqual(['t1.1.approval'])
  expect(mail.calls).toEqual([])
})

test('a call that needs an approval is not made where nobody can be asked', async () => {
  const mail = mailTool()
  const models = modelChooser(script(TWO_TURNS))
  const task = await world.begin(agentWith([mail]), { models, audience: { sampling: 'none', elicitation: false } })
  expect(await task.run()).toBe('finished')
  expect(mail.calls).toEqual([])
  expect(JSON.stringify(models.asked[1]?.messages.at(-1))).toContain('Nobody can be asked')
})

test('nobody is asked about a call that is not made anyway', async () => {
  const mail = mailTool()
  const models = modelChooser(
    script('- call: [{ tool: mail, with: { place: 7 } }, { tool: male, with: {} }]\n- say: No.'),
  )
  const task = await world.begin(agentWith([mail]), { models })
  expect(await task.run()).toBe('finished')
})

test('calls of agents and hand-overs are approved like others where the file says so', async () => {
  const glob = (pattern: string) => [{ pattern, line: 3 }]
  const lead = agentDefinition({ name: 'lead', tools: [], agents: glob('writer'), handOffs: glob('writer') })
  const writer = agentDefinition({ name: 'writer', tools: [], systemPrompt: 'You write.' })
  const always = { ...lead, approval: [{ ask: 'always', line: 4 } as const] }
  const build = (agent: AgentDefinition) =>
    createAgent(agent, { tools: [], agents: [always, writer], choice: { kind: 'model' } })
  const models = modelChooser(
    script(`
- call:
    - { tool: writer, with: { prompt: One } }
    - { tool: writer, with: { prompt: Two } }
    - { tool: hand_off_to_writer, with: {} }
- { expect: [drafted, was denied, was denied], say: Done. }`),
  )
  const task = await world.begin(build(always), { models, callable: [toCatalogEntry(build(writer))] })
  await task.run()
  expect(await task.questions()).toEqual(['t1.1.approval', 't1.2.approval', 't1.3.approval'])
  await task.answer('t1.1.approval', approve({ arguments: '{"prompt":"Uno"}' }))
  await task.answer('t1.2.approval', approve({ decision: 'deny' }))
  await task.answer('t1.3.approval', approve({ decision: 'deny' }))
  expect(await task.run()).toBe('suspended')
  expect(task.children.map(({ head, args }) => [head.lineage?.step.key, args])).toEqual([['t1.1', { prompt: 'Uno' }]])
  await task.settleChild('t1.1', { value: said('drafted') })
  expect(await task.run()).toBe('finished')
  expect((await task.result()).content).toEqual([text('Done.')])
  expect(models.asked[1]?.options.systemPrompt).toBe('You are a clerk.')
})
