import { expect, test } from 'vitest'
import { isToolUse, type ToolUse, text } from './content.ts'
import { Conversations } from './conversations.ts'
import type { OutcomeEntry, Said } from './journal.ts'
import type { Json } from './json.ts'

const OPTIONS = { maxTokens: 100 }

/** A journal that grows turn by turn: two calls under the same ids in each, and their results. */
function talk() {
  const outcomes = new Map<string, OutcomeEntry>()
  let lookUps = 0
  const record = (key: string, value: Json, said?: Said) =>
    outcomes.set(key, { type: 'value', key, kind: 'step', input: '', at: 1, value, ...(said && { said }) })
  const outcomeOf = (key: string) => {
    lookUps++
    return outcomes.get(key)
  }
  const calls: ToolUse[] = ['call_0', 'call_1'].map((id) => ({ type: 'tool_use', id, name: 'look', input: {} }))
  return {
    record,
    source: { taskId: 'task', outcomeOf },
    lookUps: () => lookUps,
    /** What is new in turn `number`, whose calls were made by turn `after`. */
    saidIn: (number: number, more: Partial<Said> = {}): Said => {
      if (number === 1) return { messages: [{ role: 'user', content: [text('Look.')] }], options: OPTIONS }
      const after = `m${number - 1}`
      const results = calls.map(({ id }, place) => ({ step: `t${number - 1}.${place + 1}`, toolUseId: id }))
      return { after, messages: [{ results }], ...more }
    },
    answer: (key: string, number: number, said: Said) => {
      record(key, { role: 'assistant', content: [text(`Turn ${key}.`), ...calls] } as unknown as Json, said)
      for (const place of [1, 2]) record(`t${number}.${place}`, { content: [text(`${number}.${place}`) as never] })
    },
  }
}

test('a conversation that grows reads as one that is read from its beginning', () => {
  const { source, record, saidIn, answer } = talk()
  const live = new Conversations(source)
  const anew = (said: Said) => new Conversations(source).render(said)
  record('c6', { policy: 'trim', why: 'near', from: 'm4', tokens: 9 })
  const more: { readonly [turn: number]: Partial<Said> } = {
    3: { options: { maxTokens: 7 } },
    6: { compaction: 'c6' },
    8: { messages: [{ role: 'user', content: [text('Anything else?')] }] },
  }
  const lengths: number[] = []
  for (let turn = 1; turn <= 10; turn++) {
    const said = saidIn(turn, more[turn])
    if (said.after) live.hasOptions(said.after, OPTIONS)
    const rendered = live.render(said)
    expect(rendered).toEqual(anew(said))
    lengths.push(rendered.messages.length)
    // It is asked again where the model failed, and another time by a branch of its own.
    expect(live.render(said)).toEqual(rendered)
    expect(live.render({ ...said, options: { maxTokens: 1 } }).options).toEqual({ maxTokens: 1 })
    answer(`m${turn}`, turn, said)
    answer(`b${turn}`, turn, said)
    const aside = { after: `b${turn}`, messages: [{ role: 'user', content: [text('And?')] }] } as const
    if (turn % 3 === 0) expect(live.render(aside)).toEqual(anew(aside))
  }
  expect(lengths).toEqual([1, 3, 5, 7, 9, 5, 7, 9, 11, 13])
  const last = live.render(saidIn(11))
  const ids = last.messages.flatMap(({ content }) => content.filter(isToolUse).map(({ id }) => id))
  expect(new Set(ids).size).toBe(ids.length)
  const turns = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  const words = JSON.stringify(last.messages)
  expect(turns.filter((turn) => words.includes(`Turn m${turn}.`))).toEqual([4, 5, 6, 7, 8, 9, 10])
})

test('a turn reads from the journal what is new in it, and no more with each turn', () => {
  const { source, saidIn, answer, lookUps } = talk()
  const live = new Conversations(source)
  const read: number[] = []
  for (let turn = 1; turn <= 30; turn++) {
    const before = lookUps()
    const said = saidIn(turn)
    expect(live.render(said).messages).toHaveLength(2 * turn - 1)
    if (turn > 1) expect(live.hasOptions(`m${turn - 1}`, OPTIONS)).toBe(true)
    read.push(lookUps() - before)
    answer(`m${turn}`, turn, said)
  }
  expect(new Set(read.slice(2)).size).toBe(1)
})

test('knows with which options a conversation ends', () => {
  const { source, saidIn, answer } = talk()
  const live = new Conversations(source)
  answer('m1', 1, saidIn(1))
  expect(live.hasOptions('m1', { maxTokens: 100 })).toBe(true)
  answer('m2', 2, saidIn(2, { options: { maxTokens: 7 } }))
  expect(live.hasOptions('m2', { maxTokens: 100 })).toBe(false)
  expect(live.hasOptions('m2', { maxTokens: 7 })).toBe(true)
  expect(() => live.hasOptions('m3', OPTIONS)).toThrow("The journal has no model step 'm3'.")
})
