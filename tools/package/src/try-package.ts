import { strict as assert } from 'node:assert'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Trial {
  /** Where the package is installed. */
  readonly folder: string
  /** The program. */
  readonly node: string
}

/** What somebody does who has just installed it. @throws AssertionError with all that was said */
export async function tryPackage(trial: Trial): Promise<void> {
  const { folder } = trial
  for (const name of readdirSync(folder)) {
    if (!['node_modules', 'package.json', 'package-lock.json'].includes(name)) rmSync(join(folder, name), FORCED)
  }
  await expectEnd(trial, ['init'], { code: 0, says: /tools\/count-words\.ts/ })
  checkTypes(trial)
  await expectEnd(trial, ['init'], { code: 1, says: /nothing was changed: \.env, / })
  await expectEnd(trial, ['validate', '--strict'], { code: 0, says: /0 errors, 0 warnings/ })
  await expectEnd(trial, ['doctor'], { code: 0, says: /store +embedded, .*starts/ })
  writeFileSync(join(folder, 'try.mjs'), TEST)
  execFileSync(trial.node, ['try.mjs'], { cwd: folder, stdio: 'pipe' })
  const dev = longhaul(trial, ['dev'])
  try {
    await dev.says(/Ctrl-C ends it/)
    assert.match(dev.said(), /store +embedded/)
    await expectEnd(trial, ['run', 'count_words', '--text', 'one two three'], { code: 0, says: /"words": 3/ })
    await expectEnd(trial, ['run', 'write_note', '--note', 'hello'], { code: 0, says: /is in notes/, input: 'yes\n' })
    await expectEnd(trial, ['run', 'assistant', '--prompt', 'the fox'], { code: 0, says: /It has nine words/ })
    appendFileSync(join(folder, 'tools/count-words.ts'), '// changed\n')
    await dev.says(/a worker with the changed code has taken over/)
    await expectEnd(trial, ['run', 'count_words', '--text', 'one'], { code: 0, says: /"words": 1/ })
  } finally {
    dev.child.kill('SIGTERM')
    await once(dev.child, 'exit')
  }
}

/** As an editor would, with the compiler of this repository and its types of Node. @throws Error with what does not fit */
function checkTypes({ folder }: Trial): void {
  const modules = join(import.meta.dirname, '../../../node_modules')
  const types = ['--typeRoots', join(modules, '@types')]
  for (const resolution of [[], ['--module', 'ESNext', '--moduleResolution', 'bundler']])
    execFileSync(join(modules, '.bin/tsc'), ['-p', folder, ...types, ...resolution], { stdio: 'inherit' })
}

/** A test as the person who wrote the project would write it. */
const TEST = `
import assert from 'node:assert/strict'
import { createTestHarness } from 'longhaul/testing'
const harness = await createTestHarness({ project: import.meta.dirname })
const task = await harness.submit('write_note', { note: 'of a test' })
await harness.skip(86_400_000)
await task.answer({ agreed: false })
assert.equal(await task.value(), 'Nothing was written.')
await harness.close()
`

const FORCED = { recursive: true, force: true }
/** A loaded machine takes its time. */
const WITHIN_MS = 60_000

function longhaul({ folder, node }: Trial, args: readonly string[]) {
  const main = join(folder, 'node_modules/.bin/longhaul')
  // No server is on the path, so that the store is the one that comes along.
  const env = { PATH: dirname(node), HOME: process.env.HOME, PORT: '0' }
  const child: ChildProcess = spawn(node, [main, ...args], { cwd: folder, env, stdio: 'pipe' })
  let said = ''
  const news = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      for (const hear of news) hear()
    })
  }
  const says = async (pattern: RegExp) => {
    const heard = Promise.withResolvers<void>()
    const fail = (how: string) => heard.reject(new Error(`longhaul ${args.join(' ')} ${how}; it said:\n${said}`))
    const look = () => pattern.test(said) && heard.resolve()
    const tooLong = setTimeout(() => fail(`did not say ${pattern}`), WITHIN_MS)
    const onExit = () => fail(`ended before it said ${pattern}`)
    news.add(look)
    child.once('exit', onExit)
    look()
    await heard.promise.finally(() => {
      clearTimeout(tooLong)
      news.delete(look)
      child.off('exit', onExit)
    })
  }
  return { child, says, said: () => said }
}

interface End {
  readonly code: number
  readonly says: RegExp
  readonly input?: string
}

async function expectEnd(trial: Trial, args: readonly string[], { code, says, input = '' }: End): Promise<void> {
  const { child, said } = longhaul(trial, args)
  child.stdin?.end(input)
  const [found] = await once(child, 'close')
  assert.deepEqual({ args, code: found }, { args, code }, said())
  assert.match(said(), says)
}
