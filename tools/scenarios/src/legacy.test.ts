import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askClient } from './legacy/ask-client.ts'
import { browser } from './legacy/browser.ts'
import { calls } from './legacy/calls.ts'
import { exposed } from './legacy/exposed.ts'
import { extTasksClient } from './legacy/ext-tasks-client.ts'
import { hosted } from './legacy/hosted.ts'
import { isolation } from './legacy/isolation.ts'
import { lifecycle } from './legacy/lifecycle.ts'
import { results } from './legacy/results.ts'
import { resuming } from './legacy/resuming.ts'
import { revisions } from './legacy/revisions.ts'
import { sdkV1Client } from './legacy/sdk-v1-client.ts'
import { sideChannel } from './legacy/side-channel.ts'
import { transport } from './legacy/transport.ts'
import { World } from './world.ts'

const world = new World()
beforeAll(() => world.start(), 60_000)
afterAll(() => world.stop())

describe('revisions', () => revisions(world))
describe('tools/call', () => calls(world))
describe('tasks/get and tasks/result', () => results(world))
describe('prompts and resources', () => exposed(world))
describe('pages and roots', () => askClient(world))
describe('life of a task', () => lifecycle(world))
describe('questions', () => sideChannel(world))
describe('questions that the client keeps', () => hosted(world))
describe('streams that break', () => resuming(world))
describe('HTTP', () => transport(world))
describe('the client of the SDK, version 1', () => sdkV1Client(world))
describe('the client of the tasks extension', () => extTasksClient(world))
describe('whose tasks', () => isolation(world))
describe('pages in a browser', () => browser(world))

describe('all messages of the server', () => {
  test('fit the schema, have no members of their own, and keep the rules of a conversation [F2 R9 R13 R14 T29 T32]', () => {
    console.info(world.records.legacy.report)
    expect(world.records.legacy.problems).toEqual([])
  })

  test('have every type that this server has', () => {
    expect(world.records.legacy.missing).toEqual([])
  })
})
