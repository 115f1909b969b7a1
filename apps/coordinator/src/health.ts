import type { FastifyInstance } from 'fastify'
import { VERSION } from './version.ts'

export interface Health {
  /** Whether the store answers. */
  readonly isReady: () => Promise<boolean>
}

/** `/healthz`: this process lives. `/readyz`: it can serve, since the store answers. Open to everybody, and say no more. */
export function registerHealth(app: FastifyInstance, { isReady }: Health): void {
  app.get('/healthz', async () => ({ status: 'ok', version: VERSION }))
  app.get('/readyz', async (_request, reply) => {
    if (await isReady()) return { status: 'ready' }
    return reply.code(503).send({ status: 'not ready', reason: 'The task store cannot be reached.' })
  })
}
