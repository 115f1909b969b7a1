import { defineTool, type Tool } from 'longhaul'
import { type Program, play, type Stage } from '../program.ts'
import { act, begin } from '../recorder-client.ts'

export const post = defineTool({
  name: 'post',
  description: 'Has an effect without using its context.',
  inputSchema: {
    type: 'object',
    properties: { label: { type: 'string' }, step: { type: 'string' }, ms: { type: 'number' } },
    required: ['label', 'step', 'ms'],
  },
  async execute({ label, step, ms }, ctx) {
    await begin(ctx, String(label))
    return { receipt: await act(ctx, { label: String(label), step: String(step), ms: Number(ms), failures: 0 }) }
  },
})

type Change = { readonly version: string; readonly onCodeChange: 'continue' | 'ask' | 'fail' }

const defineProgram = (name: string, inDoubt: 'ask' | 'repeat', change?: Change) =>
  defineTool({
    name,
    ...change,
    description: 'Does what the program says, a list of instructions as JSON.',
    inputSchema: {
      type: 'object',
      properties: { label: { type: 'string' }, prefix: { type: 'string' }, program: { type: 'string' } },
      required: ['label', 'prefix', 'program'],
    },
    inDoubt,
    async execute({ label, prefix, program: text }, ctx) {
      await begin(ctx, String(label))
      const stage: Stage = { ctx, label: String(label), prefix: String(prefix), tools: { post, inside: program } }
      const values = await play(stage, JSON.parse(String(text)) as Program)
      return { values: JSON.parse(JSON.stringify(values)) }
    },
  })

/** Asks what to do when it was interrupted before its first step. */
export const program: Tool = defineProgram('program', 'ask')
/** Is begun again without a word. */
export const repeatable = defineProgram('repeatable', 'repeat')

/** Another one in workers that are started later. */
const { CHAOS_VERSION: version = '1' } = process.env
/** Programs whose code changes under them. */
export const elders = (['continue', 'ask', 'fail'] as const).map((onCodeChange) =>
  defineProgram(`elder_${onCodeChange}`, 'repeat', { version, onCodeChange }),
)
