import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '@longhaul/task'
import { expect, test } from 'vitest'
import { mermaid } from './mermaid.ts'
import { parseWorkflowFile } from './parse-workflow-file.ts'

const DOCS = readFileSync(join(import.meta.dirname, '../../../docs/workflows.md'), 'utf8')
const block = (language: string) => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(DOCS)?.[1] ?? ''
const parse = (text: string) => parseWorkflowFile(text, 'workflows/release.yaml', readSettings({}))

test('the example of the documentation is a workflow, and its graph is the one shown there', () => {
  const { workflow, problems } = parse(block('yaml'))
  expect(problems).toEqual([])
  expect(workflow && mermaid(workflow)).toBe(block('mermaid'))
})

test('what a title or a condition says is no Mermaid', () => {
  const { workflow } = parse('description: d\nsteps: { end: { title: "a\\"]; b", tool: t, if: "1 < 2" } }')
  expect(workflow && mermaid(workflow)).toBe('flowchart TD\n  s1["a#34;#93;#59; b<br/>tool t<br/>if 1 #60; 2"]\n')
})
