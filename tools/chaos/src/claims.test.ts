import { expect, test } from 'vitest'
import { goodEvidence, withTask } from '../test/good-evidence.ts'
import { claimsOf, claimsOfActivations } from './claims.ts'

const claims = (evidence = goodEvidence()) => {
  const [task] = evidence.tasks
  if (!task) throw new Error('There is a task.')
  return { list: claimsOf(task), ofActivations: claimsOfActivations(task, evidence.processes) }
}

test('a claim is let go by the suspension or the end that follows it, not by the next claim', () => {
  const { list } = claims()
  expect(list.map(({ worker, letGoAt }) => [worker, letGoAt !== undefined])).toEqual([
    ['w1', false],
    ['w2', true],
  ])
})

test('an activation ran under the claim of its process', () => {
  const { ofActivations } = claims()
  expect(Object.fromEntries(ofActivations)).toEqual({ first: { first: 0, last: 0 }, second: { first: 1, last: 1 } })
})

test('an activation of a process that nobody knows ran under a claim of a worker that nobody knows', () => {
  const evidence = { ...goodEvidence(), processes: goodEvidence().processes.slice(0, 1) }
  expect(Object.fromEntries(claims(evidence).ofActivations)).toEqual({
    first: { first: 0, last: 0 },
    second: { first: 1, last: 1 },
  })
})

test('an activation that reports when its process was frozen may be that of an earlier claim', () => {
  // The first worker comes to report only after it has taken the task a second time.
  const evidence = withTask(({ events, activations }) => ({
    events: events.map((event) => (event.type === 'claimed' ? { ...event, worker: 'w1' } : event)),
    activations: activations.filter(({ activation }) => activation === 'second').map((one) => ({ ...one, pid: 101 })),
  }))
  expect(Object.fromEntries(claims(evidence).ofActivations)).toEqual({ second: { first: 0, last: 1 } })
})
