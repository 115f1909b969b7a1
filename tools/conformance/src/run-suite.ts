import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Outcomes, readOutcomes } from './checks.ts'
import type { Suite } from './suites.ts'

/** Runs a suite against a server. @throws Error with what the suite printed when it wrote no checks */
export async function runSuite(suite: Suite, url: string): Promise<Outcomes> {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-conformance-'))
  try {
    const program = await findProgram(suite.package)
    const args = [program, 'server', '--url', url, ...suite.args, '-o', folder]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const printed: string[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => printed.push(String(chunk)))
    await once(child, 'close')
    const outcomes = readOutcomes(folder)
    if (outcomes.size === 0) throw new Error(`The suite ${suite.name} ran no check. It printed:\n${printed.join('')}`)
    return outcomes
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The package offers no module to import, only its program. */
async function findProgram(name: string): Promise<string> {
  const manifest = fileURLToPath(import.meta.resolve(`${name}/package.json`))
  const { bin } = JSON.parse(await readFile(manifest, 'utf8')) as { readonly bin: Readonly<Record<string, string>> }
  const [program] = Object.values(bin)
  if (!program) throw new Error(`${name} has no program.`)
  return join(dirname(manifest), program)
}
