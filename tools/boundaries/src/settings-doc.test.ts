import { expect, test } from 'vitest'
import { readRepository } from './repository.ts'
import { renderSettings } from './settings-doc.ts'

test('docs/settings.md is the table of settings (npm run settings writes it)', () => {
  expect(readRepository().read('docs/settings.md')).toBe(renderSettings())
})

test('a setting is a row with variable, default in readable units, values and meaning', () => {
  expect(renderSettings()).toContain(
    '| `LONGHAUL_LEASE_MS` | `5000` (5 s) | a whole number from 100 to 2147483647 | Time after which a task of a silent worker is taken over. |',
  )
})
