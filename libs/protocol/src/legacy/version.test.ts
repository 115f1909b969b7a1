import { expect, test } from 'vitest'
import { featuresOf, isLegacyVersion, LEGACY_VERSIONS, negotiate } from './version.ts'

test('serves these revisions, newest first', () => {
  expect(LEGACY_VERSIONS).toEqual(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'])
})

test('agrees to a revision that it serves', () => {
  expect(LEGACY_VERSIONS.map(negotiate)).toEqual(LEGACY_VERSIONS)
})

test.each(['2026-07-28', '2099-01-01', '2025-11-26', '', 'constructor'])('offers the newest instead of %j', (asked) => {
  expect(isLegacyVersion(asked)).toBe(false)
  expect(negotiate(asked)).toBe('2025-11-25')
})

test('knows what each revision has', () => {
  const has = (version: (typeof LEGACY_VERSIONS)[number]) =>
    Object.entries(featuresOf(version))
      .filter(([, isThere]) => isThere)
      .map(([feature]) => feature)
  expect(has('2025-11-25')).toEqual([
    'tasks',
    'samplingTools',
    'titledChoices',
    'structured',
    'annotations',
    'urlElicitation',
    'icons',
    'completions',
    'priming',
  ])
  expect(has('2025-06-18')).toEqual(['structured', 'annotations', 'completions'])
  expect(has('2025-03-26')).toEqual(['annotations', 'completions', 'batches'])
  expect(has('2024-11-05')).toEqual([])
})
