import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRoundRobinProxy } from '@longhaul/testbed'
import type { Recorder } from '../../crash-project/driver/recorder.ts'
import { startWorld } from '../../crash-project/driver/world.ts'
import { LegacyConversation } from '../legacy-conversation.ts'
import { legacyDialect } from '../legacy-dialect.ts'
import { MessageRecord } from '../message-record.ts'
import { ModernConversation } from '../modern-conversation.ts'
import { modernDialect } from '../modern-dialect.ts'
import { recordingFetch } from '../recording-fetch.ts'
import type { Served } from '../wire-http.ts'
import { CLIENT_IDS, type ClientId } from './cells.ts'
import { CONNECT } from './clients.ts'
import type { MatrixClient } from './driver.ts'

/** How long a plain call is held: long enough for a tool that only asks, short beside all else. */
const PLAIN_CALL_WAIT_MS = 500
const POLL_INTERVAL_MS = 50

/** Two coordinators and two workers, on which each client is a person of its own. */
export interface MatrixWorld {
  readonly recorder: Recorder
  /** What is wrong with the messages that clients in this process were sent. */
  readonly problems: readonly string[]
  connect(id: ClientId): Promise<MatrixClient>
  stop(): Promise<void>
}

export async function startMatrixWorld(): Promise<MatrixWorld> {
  const home = mkdtempSync(join(tmpdir(), 'longhaul-matrix-'))
  const world = await startWorld({
    env: {
      LONGHAUL_API_KEYS: CLIENT_IDS.map((id) => `${personOf(id)}=${keyOf(id)}`).join(','),
      LONGHAUL_PLAIN_CALL_WAIT_MS: String(PLAIN_CALL_WAIT_MS),
      LONGHAUL_POLL_INTERVAL_MS: String(POLL_INTERVAL_MS),
    },
  })
  const { stack, recorder } = world
  const addresses = stack.coordinators.map(({ address }) => address)
  const proxy = await startRoundRobinProxy(addresses, 0)
  const records = { legacy: new MessageRecord(legacyDialect()), modern: new MessageRecord(modernDialect()) }
  const served: Served = {
    url: stack.url(),
    client: (era) => {
      const conversation =
        era === 'legacy' ? new LegacyConversation(records.legacy) : new ModernConversation(records.modern)
      return () => recordingFetch(stack.roundRobin, conversation)
    },
  }
  const url = new URL(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}/mcp`)
  const open: MatrixClient[] = []
  return {
    recorder,
    get problems() {
      return [...records.legacy.problems, ...records.modern.problems]
    },
    connect: async (id) => {
      const headers = { authorization: `Bearer ${keyOf(id)}` }
      const client = await CONNECT[id]({ served, url, headers }, mkdtempSync(join(home, 'client-')))
      open.push(client)
      return client
    },
    stop: async () => {
      await Promise.allSettled(open.map((client) => client.close()))
      proxy.close()
      proxy.closeAllConnections()
      await world.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const personOf = (id: ClientId): string => `client-${CLIENT_IDS.indexOf(id)}`
const keyOf = (id: ClientId): string => `${personOf(id)}-0123456789abcdef`
