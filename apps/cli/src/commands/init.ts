import { cpSync, existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { VERSION } from '../version.ts'

const TEMPLATE = join(import.meta.dirname, '../../template')
/** A package leaves out files of these names, and git would take them for its own. */
const NAMES: Readonly<Record<string, string>> = { env: '.env', gitignore: '.gitignore' }
/** What `npm install` writes into an empty folder: nobody has decided anything in there yet. */
const WRITTEN_BY_NPM: ReadonlySet<string> = new Set(['dependencies'])

/**
 * Makes a project in a folder. Nothing that is there is changed, but for a package.json that only npm has written.
 * @throws Error that names what is in the way; then nothing was made
 */
export function init(folder: string): void {
  const dir = resolve(folder)
  if (existsSync(dir) && !statSync(dir).isDirectory()) throw new Error(`${dir} is no folder. Name another one.`)
  const files = globSync('**/*', { cwd: TEMPLATE })
    .filter((path) => statSync(join(TEMPLATE, path)).isFile())
    .map((path) => ({ from: join(TEMPLATE, path), to: NAMES[path] ?? path }))
  const taken = files.map(({ to }) => to).filter((path) => existsSync(join(dir, path)))
  if (taken.length > 0) {
    throw new Error(
      `${dir} has these already, and nothing was changed: ${taken.toSorted().join(', ')}. Move them, or name another folder.`,
    )
  }
  const advice = writePackageJson(dir)
  for (const { from, to } of files) {
    mkdirSync(dirname(join(dir, to)), { recursive: true })
    cpSync(from, join(dir, to), { errorOnExist: true, force: false })
  }
  const there = relative(process.cwd(), dir)
  const made = files.map(({ to }) => `  ${to}`).toSorted()
  console.log([`A project is in ${dir}:`, ...made, ...advice, '', 'Now:', ...nextSteps(there)].join('\n'))
}

function nextSteps(there: string): readonly string[] {
  return [
    ...(there === '' ? [] : [`  cd ${there}`]),
    '  npx longhaul dev',
    '  npx longhaul run count_words --text "one two three"     (in another terminal)',
  ]
}

/** @returns lines for people */
function writePackageJson(dir: string): readonly string[] {
  const path = join(dir, 'package.json')
  mkdirSync(dir, { recursive: true })
  if (!existsSync(path)) {
    const scripts = { dev: 'longhaul dev', validate: 'longhaul validate' }
    const dependencies = { longhaul: `^${VERSION}` }
    writeJson(path, { private: true, type: 'module', scripts, dependencies })
    return ['  package.json']
  }
  const found = readPackageJson(path)
  if (found.type === 'module') return []
  const isUntouched = Object.keys(found).every((name) => WRITTEN_BY_NPM.has(name))
  if (!isUntouched) return ['', 'package.json has no "type": "module". Add it, or call the files in tools/ .mts.']
  writeJson(path, { private: true, type: 'module', ...found })
  return ['  package.json ("type": "module" was added)']
}

function readPackageJson(path: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}. Mend it, or name another folder.`)
  }
}

const writeJson = (path: string, value: object): void => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
