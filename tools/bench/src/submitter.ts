import { Engine } from '@longhaul/engine'
import { BullWakeUps } from '@longhaul/queue'
import {
  CatalogReader,
  Connection,
  RedisOpenTasks,
  RedisTaskStore,
  RedisTaskWatch,
  type SessionNotice,
  Watch,
} from '@longhaul/store'
import { type FinishedTask, type JsonObject, type Principal, readSettings } from '@longhaul/task'

export const PRINCIPAL: Principal = { owner: { issuer: 'bench', subject: 'anna' }, scopes: [] }
const SESSION = 'bench'

export type Submitter = Awaited<ReturnType<typeof openSubmitter>>

/** The engine as a coordinator has it, without HTTP. It hears of its tasks as a client's session does, by one channel. */
export async function openSubmitter(url: string) {
  const settings = readSettings({})
  const connection = new Connection({ url, settings, whenAway: 'fail' })
  const wakeUps = new BullWakeUps({ url, whenAway: 'fail' }, connection.lend())
  const watch = new Watch(connection)
  const catalog = new CatalogReader(connection, watch)
  const store = new RedisTaskStore(connection, settings)
  const openTasks = new RedisOpenTasks(connection)
  const engine = new Engine({ store, wakeUps, catalog, openTasks, settings, onWakeUpLost: () => {} })
  const notices = new Notices()
  await new RedisTaskWatch(watch).watchSession(SESSION, (notice) => notices.hear(notice))

  const submit = async (tool: string, args: JsonObject = {}, principal = PRINCIPAL): Promise<string> => {
    const audience = { sampling: 'tools', elicitation: true } as const
    const call = { session: SESSION, isTask: true }
    return (await engine.submit({ principal, tool, args, audience, call })).id
  }
  const outcome = async (taskId: string): Promise<FinishedTask> => {
    await notices.next(taskId, 'finished')
    const task = await engine.inspectOutcome(PRINCIPAL, taskId)
    if (!('outcome' in task) || task.isError || task.status !== 'completed')
      throw new Error(`The task ${taskId} is ${task.status}: ${task.statusMessage}`)
    return task
  }
  return {
    engine,
    submit,
    /** Waits for the end of a task that was submitted here. @throws Error when it did not complete */
    outcome,
    /** One task, from `submit` until the submitter has its outcome. */
    run: async (tool: string, args?: JsonObject) => outcome(await submit(tool, args)),
    /** Waits for the next questions of a task that was submitted here; returns their keys. */
    asked: async (taskId: string): Promise<readonly string[]> => (await notices.next(taskId, 'asked')).keys,
    close: () => Promise.all([connection.close(), wakeUps.close()]),
  }
}

type NoticeType = 'asked' | 'finished'
type NoticeOf<Type extends NoticeType> = Extract<SessionNotice, { readonly type: Type }>

/** What is heard of tasks, which may come before anybody waits for it. */
class Notices {
  readonly #heard = new Map<string, NoticeOf<NoticeType>>()
  readonly #awaited = new Map<string, (notice: NoticeOf<NoticeType>) => void>()

  hear(notice: SessionNotice): void {
    if (notice.type !== 'asked' && notice.type !== 'finished') return
    const key = `${notice.type} ${notice.taskId}`
    const awaited = this.#awaited.get(key)
    if (awaited) awaited(notice)
    else this.#heard.set(key, notice)
  }

  async next<Type extends NoticeType>(taskId: string, type: Type): Promise<NoticeOf<Type>> {
    const key = `${type} ${taskId}`
    const notice = this.#heard.get(key) ?? (await new Promise((resolve) => this.#awaited.set(key, resolve)))
    this.#heard.delete(key)
    this.#awaited.delete(key)
    return notice as NoticeOf<Type>
  }
}
