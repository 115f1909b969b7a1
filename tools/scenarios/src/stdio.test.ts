import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { legacyOverStdio } from './stdio/legacy.ts'
import { modernOverStdio } from './stdio/modern.ts'
import { outages } from './stdio/outages.ts'
import { sdkClients } from './stdio/sdk-clients.ts'
import { World } from './world.ts'

const world = new World()
beforeAll(() => world.start(), 60_000)
afterAll(() => world.stop())

describe('clients with a session', () => legacyOverStdio(world))
describe('clients without', () => modernOverStdio(world))
describe('coordinators that die', () => outages(world))
describe('the clients of the SDK', () => sdkClients(world))

test('everything on standard output is a message that fits its schema [R4 R5]', () => {
  expect(world.records.legacy.problems).toEqual([])
  expect(world.records.modern.problems).toEqual([])
})
