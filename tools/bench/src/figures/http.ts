import { compare } from '../compare.ts'
import type { Group } from '../figure.ts'
import type { Order } from '../http/load-generator.ts'
import { type HttpServer, startInstallation, startReference } from '../http/servers.ts'
import { startLoadGenerator } from '../http/start-load-generator.ts'

const IN_FLIGHT = 50
const MANY_IN_FLIGHT = 200
const TASKS_GET_LIMIT = { of: 'ratio', bound: 'at least', limit: 4 } as const

/** What clients have to do with: a coordinator over HTTP, beside servers that keep everything in their own memory. */
export const legacyCycle: Group = {
  name: 'legacyCycle',
  figures: [
    {
      name: 'legacyCycle',
      what: `cycles/s of tools/call as a task and a held tasks/result, beside the SDK v1 in memory, ${IN_FLIGHT} in flight`,
      target: { of: 'ratio', bound: 'at least', limit: 0.8 },
    },
    { name: 'legacyCycleMany', what: `the same, ${MANY_IN_FLIGHT} in flight` },
  ],
  async measure({ rounds, http: { cycles } }, note) {
    const cycle = { scenario: 'legacyCycle', count: cycles } as const
    const cyclesOf = (inFlight: number) => {
      note(`cycles, ${inFlight} in flight`)
      return beside(rounds, { ...cycle, name: 'sdk-v1-server', reference: cycle, inFlight })
    }
    return { legacyCycle: await cyclesOf(IN_FLIGHT), legacyCycleMany: await cyclesOf(MANY_IN_FLIGHT) }
  },
}

export const tasksGet: Group = {
  name: 'tasksGet',
  figures: [
    {
      name: 'tasksGet',
      what: `tasks/get per second, beside calls of a tool that does nothing of the SDK v2, ${IN_FLIGHT} in flight`,
      target: TASKS_GET_LIMIT,
    },
    {
      name: 'statelessGet',
      what: `the same of the revision without sessions, ${IN_FLIGHT} in flight`,
      target: TASKS_GET_LIMIT,
    },
  ],
  async measure({ rounds, http: { gets } }, note) {
    const reference = { scenario: 'statelessCall', count: Math.ceil(gets / 4) } as const
    const gotBy = (scenario: 'tasksGet' | 'statelessGet') => {
      note(scenario === 'tasksGet' ? 'requests with a session' : 'requests without')
      return beside(rounds, { scenario, count: gets, name: 'sdk-v2-server', reference })
    }
    return { tasksGet: await gotBy('tasksGet'), statelessGet: await gotBy('statelessGet') }
  },
}

interface Work {
  readonly scenario: Order['scenario']
  readonly count: number
}

interface Contest extends Work {
  readonly name: 'sdk-v1-server' | 'sdk-v2-server'
  readonly reference: Work
  readonly inFlight?: number
}

async function beside(rounds: number, { name, reference, inFlight = IN_FLIGHT, ...value }: Contest) {
  const [installation, referenceServer] = await Promise.all([startInstallation(inFlight), startReference(name)])
  const generator = startLoadGenerator()
  const run =
    ({ address, key }: HttpServer, work: Work) =>
    () =>
      generator.run({ ...work, address, inFlight, ...(key && { key }) })
  try {
    return await compare({ rounds, value: run(installation, value), reference: run(referenceServer, reference) })
  } finally {
    await Promise.all([generator.stop(), installation.stop(), referenceServer.stop()])
  }
}
