import type { Check } from '../check.ts'
import { approval } from './approval.ts'
import { attempts } from './attempts.ts'
import { budget } from './budget.ts'
import { cancel } from './cancel.ts'
import { children } from './children.ts'
import { codeChange } from './code-change.ts'
import { continuity } from './continuity.ts'
import { coverage } from './coverage.ts'
import { drain } from './drain.ts'
import { endedOnce } from './ended-once.ts'
import { events } from './events.ts'
import { journal } from './journal.ts'
import { keys } from './keys.ts'
import { notAgain } from './not-again.ts'
import { pause } from './pause.ts'
import { permission } from './permission.ts'
import { processes } from './processes.ts'
import { questions } from './questions.ts'
import { recovery } from './recovery.ts'
import { result } from './result.ts'
import { retention } from './retention.ts'
import { retry } from './retry.ts'
import { steering } from './steering.ts'
import { submittedOnce } from './submitted-once.ts'
import { takeover } from './takeover.ts'
import { undo } from './undo.ts'

/** Everything that must hold, whatever went wrong. */
export const CHECKS: readonly Check[] = [
  submittedOnce,
  endedOnce,
  attempts,
  permission,
  approval,
  notAgain,
  journal,
  result,
  questions,
  children,
  budget,
  undo,
  retry,
  pause,
  cancel,
  steering,
  codeChange,
  takeover,
  continuity,
  drain,
  events,
  keys,
  retention,
  processes,
  recovery,
  coverage,
]
