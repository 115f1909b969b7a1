import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStore } from '@longhaul/embedded'
import type { Model } from '@longhaul/models'
import type { Middleware, Tool } from '@longhaul/runtime'
import { formatProblem, type JsonObject, readSettings, type Settings } from '@longhaul/task'
import { startWorker } from '@longhaul/worker'
import { pino } from 'pino'
import { ShiftedClock } from './shifted-clock.ts'
import { TestTask } from './test-task.ts'
import { SUBMITTER, TestWorld } from './test-world.ts'

export interface HarnessOptions {
  /** A project's folder, with all that it defines. */
  readonly project?: string
  /** Tools as `defineTool` makes them. */
  readonly tools?: readonly Tool[]
  /** Around all of these, and around that of the project. */
  readonly middleware?: readonly Middleware[]
  /** Texts of agents' files, front matter included, by the names of the agents. */
  readonly agents?: Readonly<Record<string, string>>
  /** The model of all agents, or models by the names that agents give (`auto` where they give none). */
  readonly model?: Model | Readonly<Record<string, Model>>
  /** As environment variables: settings, and what mcp.json refers to. */
  readonly env?: Readonly<Record<string, string>>
}

/** A whole installation for a test: a store in memory whose time can be skipped, and a worker in this process. */
export interface TestHarness {
  /** Calls a tool or an agent as a task. @throws Error when there is none of that name */
  submit(tool: string, args?: JsonObject): Promise<TestTask>
  /** Lets so much time pass, at once: what is due meanwhile comes due in its order. The clock of this process goes along. */
  skip(ms: number): Promise<void>
  close(): Promise<void>
}

/** Longer than any test skips, so that neither the worker nor its tasks seem lost when time has been skipped. */
const FOR_EVER = {
  ...{ leaseMs: 2 ** 31 - 1, heartbeatMs: 2 ** 31 - 1, catalogGraceMs: 2 ** 40 },
  // What a task came to can be looked at, however much time was skipped.
  ...{ resultRetentionMs: 2 ** 40 },
}
/** Short sleeps need not be skipped. */
const SWEEP_MS = 20

/** @throws Error when something that is defined cannot be used */
export async function createTestHarness(options: HarnessOptions): Promise<TestHarness> {
  const { project, tools = [], agents = {}, middleware = [], model, env = {} } = options
  const settings: Settings = { ...readSettings(env), ...FOR_EVER, sweepIntervalMs: SWEEP_MS }
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-test-'))
  const dir = project ?? folder
  const closing: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end()
  }
  try {
    const store = await startStore({ dir: folder, env: process.env, log: () => {}, keep: false, kind: 'embedded' })
    closing.push(() => store.stop())
    const clock = new ShiftedClock()
    closing.push(async () => clock.restore())
    const given = { tools, agents, middleware, ...(model && { model: (name: string) => modelOf(name, model) }) }
    const worker = await startWorker({
      // Servers of mcp.json are programs on it.
      env: { PATH: process.env.PATH, ...env },
      ...{ url: store.url, settings, dir, given, version: 'test', log: pino({ level: 'silent' }) },
      forkAlone: () => {
        throw new Error('In a test no task runs in a process of its own.')
      },
    })
    closing.push(() => worker.close())
    const faults = worker.problems.filter(({ severity }) => severity === 'error')
    if (faults.length > 0) throw new Error(faults.map(formatProblem).join('\n'))
    const world = new TestWorld({ url: store.url, settings, worker })
    closing.push(() => world.close())
    return {
      submit: async (tool, args = {}) => {
        const { engine } = world
        const { id } = await engine.submit({ principal: SUBMITTER, tool, args, audience: ANSWERS_FORMS })
        return new TestTask({ engine, principal: SUBMITTER, id, settle: () => world.settle() })
      },
      skip: async (ms) => {
        await world.passTime(ms, async (hopMs) => {
          await store.skip(hopMs)
          clock.skip(hopMs)
        })
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const ANSWERS_FORMS = { sampling: 'none', elicitation: true, url: true } as const

const modelOf = (name: string, model: Model | Readonly<Record<string, Model>>): Model | undefined =>
  'generate' in model && typeof model.generate === 'function'
    ? (model as Model)
    : (model as Record<string, Model>)[name]
