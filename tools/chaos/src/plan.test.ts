import { expect, test } from 'vitest'
import { POLICIES } from './elders.ts'
import { makePlan } from './plan.ts'
import { FULL, SHORT } from './sizes.ts'
import { stepsOf } from './steps.ts'

test('the same seed makes the same plan, another seed another one', () => {
  expect(makePlan('7', SHORT)).toEqual(makePlan('7', SHORT))
  expect(makePlan('7', SHORT)).not.toEqual(makePlan('8', SHORT))
})

test('has as many tasks and faults as were asked for, those of the calm last', () => {
  const { tasks, faults } = makePlan('7', FULL)
  expect(tasks).toHaveLength(500 + POLICIES.length * FULL.elders)
  expect(new Set(tasks.map(({ label }) => label)).size).toBe(tasks.length)
  for (const [kind, count] of Object.entries(FULL.storm)) {
    const storm = faults.filter((fault) => fault.kind === kind && fault.phase === 'storm')
    expect(storm).toHaveLength(count)
  }
  expect(faults.slice(-FULL.calmKills).map(({ kind, phase }) => `${kind} ${phase}`)).toEqual(
    Array.from({ length: FULL.calmKills }, () => 'kill-worker calm'),
  )
})

test('kills and freezes more than 200 times', () => {
  const { faults } = makePlan('7', FULL)
  expect(faults.filter(({ kind }) => /^(kill|freeze)-(worker|coordinator)/.test(kind)).length).toBeGreaterThan(200)
})

test('half of the steps with an effect are to be asked about, and every kind of instruction occurs', () => {
  const { tasks } = makePlan('7', FULL)
  const steps = tasks.flatMap(stepsOf)
  const effects = steps.filter(({ effect }) => effect)
  const asked = effects.filter(({ effect }) => effect === 'ask').length / effects.length
  expect(asked).toBeGreaterThan(0.4)
  expect(asked).toBeLessThan(0.7)
  expect(new Set(steps.map(({ kind }) => kind))).toEqual(
    new Set(['step', 'tool', 'sleep', 'question', 'model', 'run', 'child']),
  )
  expect(steps.some(({ within }) => within.length === 2)).toBe(true)
})

test('no step is taken twice in a task', () => {
  for (const planned of makePlan('7', FULL).tasks) {
    const keys = stepsOf(planned).map(({ key }) => key)
    expect(new Set(keys).size, planned.label).toBe(keys.length)
  }
})
