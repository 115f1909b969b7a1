import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8')

test('the example of the documentation is the one that is run', () => {
  const example = read('examples/quickstart/tools/ask-later.test.ts')
  expect(read('docs/testing.md')).toContain(`\`\`\`ts\n${example}\`\`\``)
})
