import { isTestFile, type Repository } from './repository.ts'
import { KNOWS_REVISIONS } from './rules.ts'

/** The file of each era that lists its revisions. */
const LISTS = /^libs\/protocol\/src\/\w+\/version\.ts$/

/** Sources that name a revision of MCP outside KNOWS_REVISIONS: whatever depends on one belongs there. */
export function revisionProblems(repository: Repository): readonly string[] {
  const { files, read } = repository
  const revisions = files.filter((path) => LISTS.test(path)).flatMap((path) => read(path).match(REVISION) ?? [])
  const sources = files.filter((path) => SOURCE.test(path) && !isTestFile(path))
  return sources
    .filter((path) => !KNOWS_REVISIONS.some((folder) => path.startsWith(folder)))
    .flatMap((path) => {
      const named = revisions.filter((revision) => read(path).includes(revision))
      return [...new Set(named)].map(
        (revision) => `${path}: names the revision ${revision}; only ${KNOWS_REVISIONS.join(', ')} may`,
      )
    })
}

const REVISION = /(?<=')\d{4}-\d{2}-\d{2}(?=')/g
const SOURCE = /^(apps|libs)\/.*\.(ts|mts|js|mjs|lua)$/
