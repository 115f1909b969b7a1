import { childTaskId } from '@longhaul/task'
import { type Program, toChildLabel } from '../project/program.ts'
import { bookKey, TAKE_BACK, undoKey } from './bookings.ts'
import type { PlannedTask } from './plan.ts'
import { callKey } from './script.ts'

/** A task that another one of the plan calls. */
export interface PlannedChild {
  readonly planned: PlannedTask
  /** The step of its parent that waits for it. */
  readonly step: string
}

/** A task below one that a client submits, and who called it. */
export interface ChildId extends PlannedChild {
  readonly taskId: string
  readonly parent: string
  readonly root: string
}

/** The tasks that a task's code calls itself, unless something in it fails. */
export function childrenOf(planned: PlannedTask): readonly PlannedChild[] {
  switch (planned.kind) {
    case 'program':
      return ofProgram(planned, planned.program, '')
    case 'agent':
      return planned.script.turns.flatMap((calls, turn) =>
        calls.flatMap((call, place) =>
          call.tool === 'post' ? [] : ofProgram(planned, call.program, `${callKey(turn, place)}/`),
        ),
      )
    case 'workflow':
      return planned.bookings.flatMap((program, place) => [
        toChild(planned, { step: bookKey(place), tool: 'repeatable', program }),
        ...(planned.tool === 'bookings'
          ? [toChild(planned, { step: undoKey(place), tool: 'repeatable', program: TAKE_BACK })]
          : []),
      ])
    case 'post':
    case 'scripted_agent':
      return []
  }
}

const ofProgram = (parent: PlannedTask, program: Program, prefix: string): PlannedChild[] =>
  program.flatMap((instruction): PlannedChild[] => {
    if (instruction.do === 'parallel') return instruction.branches.flatMap((one) => ofProgram(parent, one, prefix))
    if (instruction.do === 'inside') return ofProgram(parent, instruction.program, `${prefix}${instruction.key}/`)
    if (instruction.do !== 'child') return []
    const step = prefix + instruction.key
    const { tool, program: own } = instruction
    return [toChild(parent, { step, tool, program: own })]
  })

interface Call {
  readonly step: string
  readonly tool: 'program' | 'repeatable'
  readonly program: Program
}

function toChild({ person, label }: PlannedTask, { step, tool, program }: Call): PlannedChild {
  const own = toChildLabel(label, step)
  return { step, planned: { label: own, person, isSubmittedTwice: false, kind: 'program', tool, program } }
}

/** All tasks that there may be below a root: their ids follow from its id. */
export function allBelow(root: string, planned: PlannedTask, parent = root): readonly ChildId[] {
  return childrenOf(planned).flatMap((child) => {
    const taskId = childTaskId(parent, child.step)
    return [{ ...child, taskId, parent, root }, ...allBelow(root, child.planned, taskId)]
  })
}
