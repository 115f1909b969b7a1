import type { Check } from '../check.ts'
import { isElder, NEW, OLD, POLICIES, type Policy, policyOf } from '../elders.ts'
import type { Evidence, TaskEvidence } from '../evidence.ts'
import { isCodeKey } from '../steps.ts'

/** Whose code changes under it does what its tool says. */
export const codeChange: Check = {
  name: 'code change',
  promise: 'a task whose version has gone goes on with the new one, or asks, or fails, as its tool says',
  judge: (evidence) => {
    const elders = evidence.tasks.filter(hasOldWork(evidence))
    const count = (policy: Policy) => elders.filter(({ planned }) => policyOf(planned) === policy).length
    const isWanted = evidence.size.elders > 0
    return {
      looked: POLICIES.map((policy) => `${count(policy)} ${policy}`).join(', '),
      problems: [
        ...POLICIES.filter((policy) => isWanted && count(policy) === 0).map((policy) => ({
          says: `no code changed under a task that says ${policy}`,
        })),
        ...elders.flatMap((task) =>
          problemsOf(task, evidence).map((says) => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
        ),
      ],
    }
  },
}

/** Versions that have done something of a task, by their processes. */
const versionsOf = ({ effects }: TaskEvidence, { processes }: Evidence): ReadonlySet<string | undefined> =>
  new Set(effects.map(({ pid }) => processes.find((one) => one.pid === pid)?.version))

/** Whether the old version has done something of it, and has left the rest to the new one. */
const hasOldWork = (evidence: Evidence) => (task: TaskEvidence) => {
  const first = task.effects.find(({ step }) => step === 's1')
  const isOld = evidence.processes.some(({ pid, version }) => pid === first?.pid && version === OLD)
  return isElder(task.planned) && isOld && task.journal.some(({ key }) => key === 's1')
}

function problemsOf(task: TaskEvidence, evidence: Evidence): string[] {
  const { outcome, journal, planned } = task
  const policy = policyOf(planned)
  const answer = journal.find(({ key, kind, type }) => isCodeKey(key) && kind === 'question' && type === 'value')
  const mayGoOn = policy === 'continue' || JSON.stringify(answer ?? '').includes('"continue"')
  const versions = versionsOf(task, evidence)
  const isNew = versions.has(NEW)
  const isEnded = outcome?.kind === 'error' && outcome.error.message.startsWith('code_changed')
  const problems: string[] = []
  if (policy === 'ask' && !answer) problems.push('was not asked about its code')
  if (policy !== 'ask' && answer) problems.push('was asked about its code')
  if (isNew && !mayGoOn) problems.push('had effects of the new code, which was not allowed')
  if (mayGoOn && outcome?.kind !== 'result') problems.push('may go on, and has not come to its end')
  // Nobody knows the version of a process that a worker has for one task alone.
  if (mayGoOn && !isNew && !versions.has(undefined)) problems.push('may go on, and the new code did nothing')
  if (!mayGoOn && !isEnded) problems.push('may not go on, and has not failed as code_changed')
  return problems
}
