import type { Group } from './figure.ts'
import { agentLoop } from './figures/agent-loop.ts'
import { conversation } from './figures/conversation.ts'
import { legacyCycle, tasksGet } from './figures/http.ts'
import { retained } from './figures/retained.ts'
import { scaling } from './figures/scaling.ts'
import { steps5 } from './figures/steps5.ts'
import { suspended } from './figures/suspended.ts'

export const GROUPS: readonly Group[] = [
  steps5,
  legacyCycle,
  tasksGet,
  suspended,
  retained,
  conversation,
  agentLoop,
  scaling,
]
