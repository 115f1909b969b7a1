import { Engine } from '@longhaul/engine'
import { BullWakeUps } from '@longhaul/queue'
import { CatalogReader, Connection, RedisOpenTasks, RedisTaskStore, Watch } from '@longhaul/store'
import { type Principal, readSettings } from '@longhaul/task'
import { requireStoreUrl } from './require-store.ts'

/** Who can reach the store can do everything to its tasks. */
const OPERATOR: Principal = { owner: { issuer: 'longhaul', subject: 'operator' }, scopes: ['tasks:admin'] }

/**
 * Does something to the tasks of the store at REDIS_URL, without a coordinator.
 * @throws Error that says what to do without REDIS_URL; LonghaulError
 */
export async function withEngine<T>(work: (engine: Engine, operator: Principal) => Promise<T>): Promise<T> {
  const url = requireStoreUrl(process.env)
  const settings = readSettings(process.env)
  const connection = new Connection({ url, settings, whenAway: 'fail' })
  const wakeUps = new BullWakeUps({ url, whenAway: 'fail' })
  const engine = new Engine({
    store: new RedisTaskStore(connection, settings),
    wakeUps,
    catalog: new CatalogReader(connection, new Watch(connection)),
    openTasks: new RedisOpenTasks(connection),
    settings,
    onWakeUpLost: () =>
      console.error('The queue did not answer: the task starts when a sweeper sees it, within seconds.'),
  })
  try {
    return await work(engine, OPERATOR)
  } finally {
    await Promise.all([connection.close(), wakeUps.close()])
  }
}
