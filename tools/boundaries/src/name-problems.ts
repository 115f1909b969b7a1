import type { Repository } from './repository.ts'
import { FORBIDDEN_NAMES } from './rules.ts'

/** Folders and files that have one of FORBIDDEN_NAMES as their name or its last word (`test-helpers.ts`). */
export function nameProblems({ files }: Repository): readonly string[] {
  return files.flatMap((path) => {
    const part = path.split('/').find((segment) => FORBIDDEN_NAMES.includes(lastWordOf(segment)))
    return part === undefined ? [] : [`${path}: "${part}" says nothing about what is inside; name it for what it does`]
  })
}

function lastWordOf(segment: string): string {
  const [stem = segment] = segment.toLowerCase().split('.')
  return stem.split(/[-_]/).at(-1) ?? stem
}
