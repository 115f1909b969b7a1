import { posix } from 'node:path'
import { linksIn } from './markdown.ts'
import { isTestFile, packagesOf, type Repository } from './repository.ts'

/** Apps, libs and tools without a README.md, and source files that the README.md of their package has no link to. */
export function readmeProblems(repository: Repository): readonly string[] {
  const ours = packagesOf(repository).filter(({ folder }) => !folder.startsWith('examples/'))
  return ours.flatMap(({ folder }) => {
    const readme = `${folder}/README.md`
    if (!repository.files.includes(readme)) return [`${readme} is missing`]
    const named = linksIn(repository.read(readme)).map(({ path }) => posix.join(folder, path))
    return repository.files
      .filter((path) => path.startsWith(`${folder}/src/`) && /\.(tsx?|lua)$/.test(path) && !isTestFile(path))
      .filter((path) => !named.includes(path))
      .map((path) => `${readme} does not list [${posix.basename(path)}](${posix.relative(folder, path)})`)
  })
}
