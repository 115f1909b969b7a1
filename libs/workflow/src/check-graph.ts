import type { YamlFile } from '@longhaul/project-files'
import { closestName } from '@longhaul/project-files'

/** Ids of steps with the ids of those that each needs. */
export type Needs = ReadonlyMap<string, readonly string[]>

/** Complains of needs that are no steps, and of steps that need themselves. */
export function checkGraph(needs: Needs, file: YamlFile): void {
  for (const [id, ids] of needs) {
    for (const [place, need] of ids.entries()) {
      const path = ['steps', id, 'needs', place]
      if (!needs.has(need)) file.complain(path, describeUnknownStep(need, [...needs.keys()]))
    }
  }
  const cycle = [...needs.keys()].map((id) => cycleFrom(id, needs)).find((found) => found !== undefined)
  if (cycle)
    file.complain(
      ['steps', cycle[0] ?? '', 'needs'],
      `The steps need each other in a circle: ${cycle.join(' needs ')}. Take one of these needs out.`,
    )
}

export function describeUnknownStep(id: string, ids: readonly string[]): string {
  const meant = closestName(id, ids)
  return `There is no step '${id}'. ${meant ? `Did you mean '${meant}'?` : `The steps are ${ids.join(', ')}.`}`
}

/** All steps that must be over before a step, in no order. */
export function ancestorsOf(id: string, needs: Needs): ReadonlySet<string> {
  const found = new Set<string>()
  const open = [...(needs.get(id) ?? [])]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (found.has(one)) continue
    found.add(one)
    open.push(...(needs.get(one) ?? []))
  }
  return found
}

/** The shortest way from a step back to it. */
function cycleFrom(id: string, needs: Needs): readonly string[] | undefined {
  const ways: string[][] = [[id]]
  const seen = new Set<string>()
  for (let way = ways.shift(); way; way = ways.shift()) {
    for (const need of needs.get(way.at(-1) ?? '') ?? []) {
      if (need === id) return [...way, id]
      if (!seen.has(need)) ways.push([...way, need])
      seen.add(need)
    }
  }
  return undefined
}
