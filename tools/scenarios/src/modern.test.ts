import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acrossEras } from './modern/across-eras.ts'
import { approvals } from './modern/approvals.ts'
import { askClient } from './modern/ask-client.ts'
import { browser } from './modern/browser.ts'
import { calls } from './modern/calls.ts'
import { children } from './modern/children.ts'
import { eras } from './modern/eras.ts'
import { exposed } from './modern/exposed.ts'
import { extTasksClient } from './modern/ext-tasks-client.ts'
import { guards } from './modern/guards.ts'
import { isolation } from './modern/isolation.ts'
import { requests } from './modern/requests.ts'
import { rounds } from './modern/rounds.ts'
import { sdkV2Client } from './modern/sdk-v2-client.ts'
import { subscriptions } from './modern/subscriptions.ts'
import { taskMethods } from './modern/task-methods.ts'
import { traces } from './modern/trace.ts'
import { World } from './world.ts'

/** A finished task is kept no longer than it was asked for, so that a test can see it go. */
const world = new World({ LONGHAUL_RESULT_RETENTION_MS: '2000' })
beforeAll(() => world.start(), 60_000)
afterAll(() => world.stop())

describe('guards', () => guards(world))
describe('eras', () => eras(world))
describe('requests', () => requests(world))
describe('tools/call', () => calls(world))
describe('rounds of a call', () => rounds(world))
describe('prompts and resources', () => exposed(world))
describe('pages and roots', () => askClient(world))
describe('tasks', () => taskMethods(world))
describe('subscriptions', () => subscriptions(world))
describe('traces', () => traces(world))
describe('whose tasks', () => isolation(world))
describe('tasks of the other era', () => acrossEras(world))
describe('approvals', () => approvals(world))
describe('tasks that call others', () => children(world))
describe('the client of the SDK, version 2', () => sdkV2Client(world))
describe('the client of the tasks extension', () => extTasksClient(world))
describe('pages in a browser', () => browser(world))

describe('all messages of the server', () => {
  test('fit the schema, have no members of their own, and keep the rules of their exchange [F2 P13 R26 R28]', () => {
    console.info(world.records.modern.report)
    expect(world.records.modern.problems).toEqual([])
    expect(world.records.legacy.problems).toEqual([])
  })

  test('have every type that this server has', () => {
    expect(world.records.modern.missing).toEqual([])
  })
})
