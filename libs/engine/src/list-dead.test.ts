import { expect, test } from 'vitest'
import { BEN, testPorts } from './fixtures/ports.ts'
import { listDead } from './list-dead.ts'

test('lists the dead of all to who runs the installation, to others their own', async () => {
  const asked: unknown[] = []
  const ports = testPorts({
    listDead: async (_limit, owner) => {
      asked.push(owner)
      return []
    },
  })
  const ofTenant = { ...BEN.owner, tenant: 'one' }
  await listDead(ports, BEN)
  await listDead(ports, { ...BEN, scopes: ['tasks:admin'] })
  await listDead(ports, { owner: ofTenant, scopes: ['tasks:admin'] })
  expect(asked).toEqual([BEN.owner, undefined, ofTenant])
})
