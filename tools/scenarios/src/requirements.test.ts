import { expect, test } from 'vitest'
import { citations, notServed, REQUIREMENTS, readmeWithTable } from './requirements.ts'

const cited = new Set(citations().map(({ id }) => id))

test('every requirement has a test, or is on the list of what is not served yet', () => {
  const excused = new Set(notServed().map(({ id }) => id))
  expect(REQUIREMENTS.filter((id) => !cited.has(id) && !excused.has(id))).toEqual([])
})

test('nothing is on the list of what is not served that is served', () => {
  for (const { id, isPart } of notServed()) {
    expect(REQUIREMENTS, `${id} is no requirement`).toContain(id)
    expect(cited.has(id), isPart ? `${id} has no test for the part that is served` : `${id} has a test`).toBe(isPart)
  }
})

test('tests cite requirements that exist', () => {
  expect([...cited].filter((id) => !REQUIREMENTS.includes(id))).toEqual([])
})

test('README.md has the table as the tests have it (node tools/scenarios/src/write-requirements.ts)', () => {
  const { now, wanted } = readmeWithTable()
  expect(now).toBe(wanted)
})
