import { expect, test } from 'vitest'
import { NOTHING, newDraft } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { tally } from './tally.ts'

const store = await openStore()
const owner = (subject: string) => ({ issuer: 'i', subject })

test('nobody has anything', async () => {
  expect(await tally(store.connection, 3)).toEqual({ open: 0, owners: 0, most: [], dead: 0 })
})

test('those who have most open tasks are named, first', async () => {
  const drafts = ['b', 'a', 'a', 'c', 'a', 'b'].map((subject) => newDraft({ owner: owner(subject) }))
  for (const draft of drafts) await store.tasks.create(draft)
  const [b] = drafts
  const claimed = await store.claims.claim(b?.id ?? '', { worker: 'w', leaseMs: 60_000 })
  if (claimed.kind === 'claimed')
    await claimed.ledger.finish({ ...NOTHING, outcome: { kind: 'cancelled', reason: '' } })
  await store.redis.zadd(`{lh:${drafts[3]?.id.slice(0, 2)}}:dead`, 1, drafts[3]?.id ?? '')
  const { most, ...rest } = await tally(store.connection, 1)
  expect([most, rest]).toEqual([[{ owner: owner('a'), open: 3 }], { open: 5, owners: 3, dead: 1 }])
  expect((await tally(store.connection, 9)).most.map(({ open }) => open)).toEqual([3, 1, 1])
})
