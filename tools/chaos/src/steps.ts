import type { StepKind } from '@longhaul/task'
import type { Instruction, Program } from '../project/program.ts'
import { type Bookings, bookKey, KEEP_KEY, undoKey } from './bookings.ts'
import type { PlannedTask } from './plan.ts'
import { callKey } from './script.ts'

/** A step that a task will take, as its journal names it. */
export interface PlannedStep {
  readonly key: string
  readonly kind: StepKind
  /** Set where the step has an effect outside: what becomes of it when it is in doubt. */
  readonly effect?: 'repeat' | 'ask'
  /** Key of the question whether it may be done at all, where it is one that needs an approval. */
  readonly approval?: string
  /** Keys of the tools that it runs in, outermost first. */
  readonly within: readonly string[]
  /** It takes back what another one did, should the task fail. */
  readonly isUndo?: true
  /** With it its task fails. */
  readonly isFatal?: true
}

/** Keys that the runtime makes of a step's: the question about an attempt, the pause after one that failed, and the wait for room in a budget. */
export const toStepKey = (key: string): string => key.replace(/![rb]?\d+$/, '')
export const isDoubtKey = (key: string): boolean => /!\d+$/.test(key)
export const isRetryKey = (key: string): boolean => /!r\d+$/.test(key)
export const isRoomKey = (key: string): boolean => /!b\d+$/.test(key)
/** Key of what is on record of the code, and of the question whether to go on with another one. */
export const isCodeKey = (key: string): boolean => /^!code(!\d+)?$/.test(key)
/** Key of the question whether a budget is raised, which is on record in its ledger. */
export const isBudgetKey = (key: string): boolean => /^budget!\d+$/.test(key)

/** Key of a turn of an agent. */
export const isTurnKey = (key: string): boolean => /^m\d+$/.test(key)

/** Key of the question whether an agent may make a call. */
const approvalKey = (call: string): string => `${call}.approval`
export const isApprovalKey = (key: string): boolean => key.endsWith('.approval')

/** Every step that the task's code comes to, unless something in it fails. */
export function stepsOf(planned: PlannedTask): readonly PlannedStep[] {
  switch (planned.kind) {
    case 'program':
      return ofProgram(planned.program, [])
    case 'post':
      return [{ key: '!run', kind: 'run', effect: 'ask', within: [] }]
    case 'agent': {
      const { turns } = planned.script
      return [
        { key: 'plan', kind: 'step', within: [] },
        ...Array.from({ length: turns.length + 1 }, (_, turn) => ofModel(turn)),
        ...turns.flatMap((calls, turn) =>
          calls.flatMap((call, place) => {
            const key = callKey(turn, place)
            return call.tool === 'post' ? approved(key) : [inside(key, []), ...ofProgram(call.program, [key])]
          }),
        ),
      ]
    }
    case 'workflow':
      return ofWorkflow(planned.tool, planned.bookings)
    case 'scripted_agent':
      return [
        { key: 'plan', kind: 'step', within: [] },
        ...[0, 1, 2].map(ofModel),
        ...approved('t1.1'),
        inside('t1.2', []),
        { key: 't1.2/s1', kind: 'step', effect: 'repeat', within: ['t1.2'] },
        inside('t2.1', []),
        { key: 't2.1/s1', kind: 'step', effect: 'ask', within: ['t2.1'] },
      ]
  }
}

const ofWorkflow = (tool: 'bookings' | 'visits', bookings: Bookings): PlannedStep[] => {
  const calls = bookings.map((_, place): PlannedStep => ({ key: bookKey(place), kind: 'child', within: [] }))
  if (tool === 'visits') return calls
  const undos = bookings.map(
    (_, place): PlannedStep => ({ key: undoKey(place), kind: 'child', within: [], isUndo: true }),
  )
  return [...calls, ...undos, { key: KEEP_KEY, kind: 'question', within: [] }]
}

const ofProgram = (program: Program, within: readonly string[]): PlannedStep[] =>
  program.flatMap((instruction) => ofInstruction(instruction, within))

function ofInstruction(instruction: Instruction, within: readonly string[]): PlannedStep[] {
  if (instruction.do === 'progress') return []
  if (instruction.do === 'parallel') return instruction.branches.flatMap((branch) => ofProgram(branch, within))
  const outer = within.at(-1)
  const key = outer === undefined ? instruction.key : `${outer}/${instruction.key}`
  switch (instruction.do) {
    case 'step':
      return [
        {
          key,
          kind: 'step',
          effect: instruction.inDoubt,
          within,
          ...(instruction.isFatal && { isFatal: true as const }),
        },
      ]
    case 'post':
      return [post(key, within)]
    case 'inside':
      return [inside(key, within), ...ofProgram(instruction.program, [...within, key])]
    case 'child':
      return [{ key, kind: 'child', within }]
    case 'sleep':
      return [{ key, kind: 'sleep', within }]
    case 'elicit':
      return [{ key, kind: 'question', within }]
  }
}

const ofModel = (turn: number): PlannedStep => ({ key: `m${turn + 1}`, kind: 'model', within: [] })
const post = (key: string, within: readonly string[]): PlannedStep => ({ key, kind: 'tool', effect: 'ask', within })
/** A call of `post` by an agent. */
const approved = (key: string): PlannedStep[] => [
  { key: approvalKey(key), kind: 'question', within: [] },
  { ...post(key, []), approval: approvalKey(key) },
]
const inside = (key: string, within: readonly string[]): PlannedStep => ({ key, kind: 'tool', within })
