import type { Loss } from '@longhaul/store'
import type { FastifyInstance } from 'fastify'
import { VERSION } from './version.ts'

export interface Health {
  /** Whether the store answers, and may be used. */
  readonly isReady: () => Promise<boolean>
  /** Why a store that is there may not be used. */
  readonly refusal: () => string | undefined
  /** Whether the store refuses what is new, and serves what is there. */
  readonly isStoreFull: () => boolean
  /** Workers that live. Without any, tasks are taken and wait. */
  readonly countWorkers: () => Promise<number>
  /** What an acknowledged change survives, in words. */
  readonly durability: string
  /** What the store has lost, as far as this process noticed. */
  readonly loss: () => Loss | undefined
}

/** `/healthz`: this process lives. `/readyz`: it can serve, since the store answers. Open to everybody, and say no more. */
export function registerHealth(app: FastifyInstance, health: Health): void {
  const { isReady, refusal, isStoreFull, countWorkers, durability, loss } = health
  app.get('/healthz', async () => ({ status: 'ok', version: VERSION }))
  app.get('/readyz', async (_request, reply) => {
    const facts = { durability, ...(isStoreFull() && { storeIsFull: true }), ...toLostData(loss()) }
    if (await isReady()) return { status: 'ready', ...(await toWorkers(countWorkers)), ...facts }
    const reason = refusal() ?? 'The task store cannot be reached.'
    return reply.code(503).send({ status: 'not ready', reason, ...facts })
  })
}

/** Still ready, whatever their number: what is submitted is done when some come. */
async function toWorkers(countWorkers: () => Promise<number>): Promise<object> {
  const workers = await countWorkers().catch(() => undefined)
  return workers === undefined ? {} : { workers }
}

/** Still ready: what is lost does not come back by serving nothing. But somebody should know. */
function toLostData(loss: Loss | undefined): object {
  if (!loss) return {}
  const { noticedAt, lostMs, incarnation } = loss
  const seconds = lostMs === undefined ? undefined : lostMs / 1000
  return { lostData: { noticedAt: new Date(noticedAt).toISOString(), seconds, incarnation } }
}
