import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Connection, RedisTaskStore } from '@longhaul/store'
import { type Budget, type BudgetEntry, readSettings, replayLedger, toUsd } from '@longhaul/task'
import { type Stack, startStack, withoutSettings } from '@longhaul/testbed'
import { Session } from './wire.ts'

const PROJECT = fileURLToPath(new URL('../budget-project', import.meta.url))
const CHILDREN = 50
const KILLS = 30
const WORKERS = 3
const KILL_EVERY_MS = 600
const CAP: Budget = { costUsd: 1, atLimit: 'ask' }
const RAISED_USD = 3
/** What each turn is counted as by the provider: 0.8 cents. */
const USAGE = { prompt_tokens: 300, completion_tokens: 100, total_tokens: 400 }
const LONGEST_TURN_MS = 900
const KEEP_MS = 600_000
const LOOK_EVERY_MS = 200

/**
 * Children that spend under one limit, whose workers are killed meanwhile; then the limit is raised by another client.
 * @returns whether the ledger, done again from outside, never goes beyond the limit, and nothing stays reserved
 */
export async function runBudget(signal: AbortSignal, write: (line: string) => void): Promise<boolean> {
  await using open = new AsyncDisposableStack()
  const provider = await startProvider()
  open.defer(() => {
    provider.server.close()
    provider.server.closeAllConnections()
  })
  const stack = await startStack({
    ...{ project: PROJECT, coordinators: 2, workers: WORKERS },
    env: {
      ...withoutSettings(process.env),
      ...{ OPENAI_COMPATIBLE_BASE_URL: `${provider.url}/v1`, LONGHAUL_DELTA_INTERVAL_MS: '0' },
      ...{ LONGHAUL_MAX_DEATHS: '1000', LONGHAUL_ALONE_AFTER_DEATHS: '1000' },
    },
  })
  open.defer(() => stack.stop())
  const settings = readSettings({})
  const connection = new Connection({ url: stack.store.url, settings, whenAway: 'wait' })
  open.defer(() => connection.close())
  const store = new RedisTaskStore(connection, settings)
  const client = () =>
    new Session({ addresses: () => stack.coordinators.map(({ address }) => address), key: 'nobody', signal })

  const submitter = client()
  const created = await submitter.insist('tools/call', {
    name: 'lead',
    arguments: { children: CHILDREN },
    task: { ttl: KEEP_MS },
    _meta: { 'dev.longhaul/budget': CAP },
  })
  const { taskId } = (created.result?.task ?? {}) as { readonly taskId: string }
  write(`${CHILDREN} children under one limit of ${CAP.costUsd} US dollars, ${KILLS} kills: task ${taskId}`)
  await killWorkers(stack, write)
  const status = async () => (await submitter.insist('tasks/get', { taskId })).result?.status
  const until = async (wanted: (status: unknown) => boolean) => {
    while (!wanted(await status())) await delay(LOOK_EVERY_MS, undefined, { signal })
  }
  await until((now) => now !== 'working')
  const before = (await store.readBudget(taskId))?.ledger ?? []
  const suspended = await status()
  write(`The tree is ${suspended}, after ${describe(before)}.`)
  // By another client, in a session of its own.
  const raised = await client().insist('tools/call', {
    name: 'answer_task',
    arguments: { taskId, question: 'budget!1', action: 'accept', content: { limit: RAISED_USD } },
  })
  await until((now) => now !== 'working' && now !== 'input_required')
  const ended = await submitter.insist('tasks/result', { taskId })
  const { ledger = [], held } = (await store.readBudget(taskId)) ?? {}
  const replay = replayLedger(CAP, ledger)
  const checks: readonly (readonly [string, boolean])[] = [
    ['the tree asks, and waits', suspended === 'input_required'],
    ['another client raises the limit', raised.result?.isError !== true && raised.error === undefined],
    ['all children end', JSON.stringify(ended).includes(`${CHILDREN} of ${CHILDREN} children are done`)],
    ['after no entry more than the limit is used and held', replay.problems.length === 0],
    ['nothing stays reserved, in the ledger', replay.held.size === 0],
    ['nothing stays reserved, in the store', held !== undefined && Object.values(held).every((left) => left === 0)],
    ['what was used is what the provider counted of turns that are on record', toUsd(replay.used.nanoUsd) === 1.6],
  ]
  write(`At the end: ${describe(ledger)}; the provider was asked ${provider.asked()} times.`)
  for (const problem of replay.problems.slice(0, 5)) write(problem)
  for (const [what, holds] of checks) write(`${holds ? 'holds ' : 'BROKEN'}  ${what}`)
  return checks.every(([, holds]) => holds)
}

/** One after the other, each followed by another worker. */
async function killWorkers(stack: Stack, write: (line: string) => void): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    await delay(KILL_EVERY_MS)
    const victim = stack.workers[kill]
    await Promise.all([victim?.process.kill('SIGKILL'), stack.addWorker()])
  }
  write(`${KILLS} workers were killed.`)
}

function describe(ledger: readonly BudgetEntry[]): string {
  const { used, highest } = replayLedger(CAP, ledger)
  const count = (kind: BudgetEntry['kind']) => ledger.filter((entry) => entry.kind === kind).length
  const kinds = (['reserve', 'settle', 'release', 'raise'] as const).map((kind) => `${count(kind)} ${kind}`)
  return `${ledger.length} entries (${kinds.join(', ')}), ${toUsd(used.nanoUsd)} used, at most ${toUsd(highest.nanoUsd)} used and held`
}

/** A provider that takes its time. */
async function startProvider(): Promise<{ server: Server; url: string; asked: () => number }> {
  let asked = 0
  const server = createServer(async (request, response) => {
    await text(request)
    asked++
    await delay(LONGEST_TURN_MS * Math.random())
    const choices = [{ message: { role: 'assistant', content: 'Done.' }, finish_reason: 'stop', index: 0 }]
    const answer = { id: 'c', object: 'chat.completion', created: 1, model: 'spender', choices, usage: USAGE }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}
