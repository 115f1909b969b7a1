import { compare } from '../compare.ts'
import type { Group } from '../figure.ts'
import { type HttpServer, startInstallation, startReference } from '../http/servers.ts'
import { startLoadGenerator } from '../http/start-load-generator.ts'

const IN_FLIGHT = 50

/** What clients have to do with: a coordinator over HTTP, beside servers that keep everything in their own memory. */
export const legacyCycle: Group = {
  name: 'legacyCycle',
  figures: [
    {
      name: 'legacyCycle',
      what: `cycles/s of tools/call as a task and a held tasks/result, beside the SDK v1 in memory, ${IN_FLIGHT} in flight`,
      target: { of: 'ratio', bound: 'at least', limit: 0.8 },
    },
  ],
  async measure({ rounds, http: { cycles } }, note) {
    note('cycles')
    const cycle = { scenario: 'legacyCycle', count: cycles } as const
    return { legacyCycle: await beside(rounds, { ...cycle, name: 'sdk-v1-server', reference: cycle }) }
  },
}

export const tasksGet: Group = {
  name: 'tasksGet',
  figures: [
    {
      name: 'tasksGet',
      what: `tasks/get per second, beside calls of a tool that does nothing of the SDK v2, ${IN_FLIGHT} in flight`,
      target: { of: 'ratio', bound: 'at least', limit: 4 },
    },
  ],
  async measure({ rounds, http: { gets } }, note) {
    note('requests')
    const reference = { scenario: 'statelessCall', count: Math.ceil(gets / 4) } as const
    const value = { scenario: 'tasksGet', count: gets, name: 'sdk-v2-server', reference } as const
    return { tasksGet: await beside(rounds, value) }
  },
}

interface Work {
  readonly scenario: 'legacyCycle' | 'tasksGet' | 'statelessCall'
  readonly count: number
}

async function beside(
  rounds: number,
  { name, reference, ...value }: Work & { readonly name: 'sdk-v1-server' | 'sdk-v2-server'; readonly reference: Work },
) {
  const [installation, referenceServer] = await Promise.all([startInstallation(IN_FLIGHT), startReference(name)])
  const generator = startLoadGenerator()
  const run =
    ({ address, key }: HttpServer, work: Work) =>
    () =>
      generator.run({ ...work, address, inFlight: IN_FLIGHT, ...(key && { key }) })
  try {
    return await compare({ rounds, value: run(installation, value), reference: run(referenceServer, reference) })
  } finally {
    await Promise.all([generator.stop(), installation.stop(), referenceServer.stop()])
  }
}
