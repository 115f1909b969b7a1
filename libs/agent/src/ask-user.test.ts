import { text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { agentDefinition, script } from '../test/agent-parts.ts'
import { modelChooser, openWorld } from '../test/agent-world.ts'
import { ASK_USER } from './ask-user.ts'
import { createAgent } from './create-agent.ts'

const world = await openWorld()

const agent = createAgent(agentDefinition({ approval: [{ ask: 'always', line: 3 }] }), {
  tools: [{ kind: 'durable', tool: ASK_USER }],
  choice: { kind: 'model' },
})

test('a model asks the person, who answers in words or takes one of the options, unless they do not want to', async () => {
  const models = modelChooser(
    script(`
- call:
    - { tool: ask_user, with: { question: How many? } }
    - { tool: ask_user, with: { question: Which?, options: [tea, coffee] } }
    - { tool: ask_user, with: { question: Why? } }
    - { tool: ask_user, with: { question: When?, options: [now] } }
- say: Thank you.`),
  )
  const task = await world.begin(agent, { models })
  expect(await task.run()).toBe('suspended')
  const keys = ['t1.1/answer', 't1.2/answer', 't1.3/answer']
  expect(await task.questions()).toEqual(keys)
  expect(await Promise.all(keys.map((key) => task.form(key)))).toEqual(['How many?', 'Which?', 'Why?'])

  const tea = { action: 'accept', content: { answer: 'tea' } } as const
  await expect(task.answer('t1.2/answer', { action: 'accept', content: { answer: 'water' } })).rejects.toMatchObject({
    code: 'answer_invalid',
  })
  await task.answer('t1.2/answer', tea)
  await task.answer('t1.1/answer', { action: 'accept', content: { answer: 'Two.' } })
  await task.answer('t1.3/answer', { action: 'decline' })
  expect(await task.run()).toBe('finished')
  expect(models.asked[1]?.messages.at(-1)?.content).toMatchObject([
    { content: [text('Two.')] },
    { content: [text('tea')] },
    { content: [text('The person does not want to answer this.')], isError: true },
    { content: [text(expect.stringContaining('options must NOT have fewer than 2 items'))], isError: true },
  ])
})
