import { formatProblem } from '@longhaul/task'
import { expect, test } from 'vitest'
import { YamlFile } from './yaml-file.ts'

const TEXT = `# What is served
places:
  - &oslo { name: Oslo, degrees: -3 }
  - *oslo
  - name: Bergen
`

const problemsOf = (file: YamlFile) => file.problems.map(formatProblem)

test('reads what a file says, which may be nothing', () => {
  const oslo = { name: 'Oslo', degrees: -3 }
  expect(new YamlFile(TEXT, 'a.yaml').read()).toEqual({ places: [oslo, oslo, { name: 'Bergen' }] })
  expect(new YamlFile('# Nothing yet', 'a.yaml').read()).toBeNull()
})

test('complains of a key, an item or the nearest thing around what is missing, in the order of the file', () => {
  const file = new YamlFile(TEXT, 'a.yaml')
  file.complain(['places', 2, 'degrees'], 'is missing')
  file.complain(['places', 0, 'degrees'], 'is too cold')
  file.complain(['people'], 'are missing')
  expect(problemsOf(file)).toEqual([
    'a.yaml:2:1: error: are missing',
    'a.yaml:3:25: error: is too cold',
    'a.yaml:5:5: error: is missing',
  ])
})

test('finds its way through an alias, and the text of a value as it is written', () => {
  const file = new YamlFile(TEXT, 'a.yaml')
  expect(file.placeOf(['places', 1, 'degrees'])).toEqual({ line: 3, column: 25 })
  expect(file.sourceOf(['places', 0, 'degrees']).source).toBe('-3')
})

test('counts lines from the beginning of the file where something comes before the YAML', () => {
  const file = new YamlFile('a: 1\nb: 2', 'a.md', { firstLine: 2 })
  expect(file.placeOf(['b'])).toEqual({ line: 3, column: 1 })
})

test.each(['a: [', 'a: *nobody', 'a: 1\na: 2'])('says of %j that it cannot be read, and what mostly helps', (text) => {
  const file = new YamlFile(text, 'a.yaml')
  expect(file.read()).toBeUndefined()
  expect(problemsOf(file)[0]).toMatch(
    /^a\.yaml:\d:\d: error: This is not YAML that can be read: .+ Put a value in quotes/,
  )
})
