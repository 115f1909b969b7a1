import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findStoreUrl } from './find-store.ts'
import { publish } from './publish.ts'

const STORE = 'redis://127.0.0.1:7'

test('the store is that of REDIS_URL, else the one that the installation of the project has brought, while it runs', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'longhaul-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const none = `REDIS_URL is not set, and no installation with a store of its own runs in ${dir}. Name its folder by --project.`
  await expect(findStoreUrl(dir, {})).rejects.toThrow(none)
  const facts = { folder: join(dir, '.longhaul'), key: undefined, settings: { lingerMs: 60_000 }, problems: [] }
  const { withdraw } = await publish({ ...facts, url: 'http://127.0.0.1:1/mcp', store: STORE, whileUsed: false })
  expect(await findStoreUrl(dir, {})).toBe(STORE)
  expect(await findStoreUrl(dir, { REDIS_URL: 'redis://127.0.0.1:8' })).toBe('redis://127.0.0.1:8')
  await withdraw()
  await expect(findStoreUrl(dir, {})).rejects.toThrow(none)
})
