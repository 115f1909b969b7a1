import type { Step, Workflow } from './workflow.ts'

/** The graph of a workflow as a Mermaid flowchart: steps, what they need, and what undoes them. */
export function mermaid({ steps }: Pick<Workflow, 'steps'>): string {
  const nodes = new Map(steps.map(({ id }, place) => [id, `s${place + 1}`]))
  const nodeOf = (id: string): string => nodes.get(id) ?? id
  return [
    'flowchart TD',
    ...steps.map((step) => `  ${nodeOf(step.id)}${shape(step)}`),
    ...steps.flatMap(({ id, needs }) => needs.map((need) => `  ${nodeOf(need)} --> ${nodeOf(id)}`)),
    ...steps.flatMap(({ id, undo }) =>
      undo ? [`  ${nodeOf(id)} -. undo .-> ${nodeOf(id)}u(["${toLabel(`${undo.kind} ${undo.name}`)}"])`] : [],
    ),
    '',
  ].join('\n')
}

function shape({ id, title, action, if: condition, forEach }: Step): string {
  const what = action.kind === 'approval' ? 'approval' : `${action.kind} ${action.name}`
  const lines = [
    title ?? id,
    forEach ? `${what}, for each` : what,
    ...(condition ? [`if ${condition.expression.text.trim()}`] : []),
  ]
  const label = `"${lines.map(toLabel).join('<br/>')}"`
  if (action.kind === 'approval') return `{{${label}}}`
  return forEach ? `[[${label}]]` : `[${label}]`
}

/** What Mermaid, or the HTML that it makes, would read as its own. */
const toLabel = (text: string): string =>
  text.replaceAll(/[^\w\s.,'!/-]/g, (character) => `#${character.codePointAt(0)};`)
