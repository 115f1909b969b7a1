import { posix } from 'node:path'
import { anchorsIn, linksIn } from './markdown.ts'
import type { Repository } from './repository.ts'

/** Relative links in the repository's Markdown to a file, folder or heading that does not exist. */
export function linkProblems(repository: Repository): readonly string[] {
  const folders = new Set(repository.files.flatMap(parentsOf))
  return repository.files.filter(isOurProse).flatMap((source) =>
    linksIn(repository.read(source)).flatMap(({ path, fragment, line }) => {
      const target = path === '' ? source : posix.join(posix.dirname(source), path).replace(/\/$/, '')
      const isFile = repository.files.includes(target)
      if (!isFile && !folders.has(target)) return [`${source}:${line}: ${path} does not exist`]
      const isHeading =
        fragment === '' || !target.endsWith('.md') || anchorsIn(repository.read(target)).includes(fragment)
      return isHeading ? [] : [`${source}:${line}: ${target} has no heading #${fragment}`]
    }),
  )
}

function isOurProse(path: string): boolean {
  return path === 'CONTRIBUTING.md' || /(^|\/)README\.md$/.test(path) || /^docs\/.*\.md$/.test(path)
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.map((_, count) => parts.slice(0, count).join('/') || '.')
}
