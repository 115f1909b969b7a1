import { QUEUE_KEY_RULES } from '@longhaul/queue'
import { KEY_RULES, type KeyRule } from '@longhaul/store'
import { Redis } from 'ioredis'

/**
 * What is wrong with the keys that are left in a store, one sentence each: keys that no rule knows, keys that should
 * expire and do not, remains of tasks that are gone, tasks that no sweep will ever reach (invariants 7 and 8).
 * Call it when nothing writes.
 */
export async function findKeyLeaks(url: string): Promise<string[]> {
  const redis = new Redis(url)
  try {
    const keys = (await redis.keys('*')).sort()
    const problems = await Promise.all(keys.map((key) => problemsOf(redis, key)))
    return problems.flat()
  } finally {
    redis.disconnect()
  }
}

const RULES: readonly KeyRule[] = [...KEY_RULES, ...QUEUE_KEY_RULES]

async function problemsOf(redis: Redis, key: string): Promise<string[]> {
  const rules = RULES.filter(({ pattern }) => pattern.test(key))
  const [rule] = rules
  if (!rule) return [`${key} fits no key rule`]
  if (rules.length > 1) return [`${key} fits ${rules.length} key rules`]
  // Not -2: that key has expired since it was listed.
  if (rule.expires && (await redis.pttl(key)) === -1) return [`${key} has no time to live`]

  const groups = rule.pattern.exec(key)?.groups
  if (groups?.task) return taskProblems(redis, key, groups.task)
  if (groups?.job) return jobProblems(redis, key, groups.queue ?? '', groups.job)
  if (/:due$|:dead$|:owner:/.test(key)) return memberProblems(redis, key, await redis.zrange(key, 0, '-1'))
  if (key.includes(':submissions:')) {
    const tasks = (await redis.hvals(key)).map((value) => value.split(' ')[0] ?? '')
    return memberProblems(redis, key, tasks)
  }
  if (/^\{.*\}:open$/.test(key)) return countProblems(redis, key)
  return []
}

/** A key of one task: its task exists, and will come up. */
async function taskProblems(redis: Redis, key: string, task: string): Promise<string[]> {
  const tag = `{lh:${task.slice(0, 2)}}`
  if (!key.startsWith(tag)) return [`${key} is not in the partition of its task`]
  if ((await redis.exists(`${tag}:task:${task}`)) === 0) return [`${key} belongs to no task`]
  if ((await redis.zscore(`${tag}:due`, task)) === null) return [`${key} belongs to a task that is never due`]
  return []
}

/** Members of `due` and the like: tasks that exist. */
async function memberProblems(redis: Redis, key: string, tasks: readonly string[]): Promise<string[]> {
  const tag = key.slice(0, key.indexOf('}') + 1)
  const found = await Promise.all(tasks.map((task) => redis.exists(`${tag}:task:${task}`)))
  return tasks.filter((_, place) => found[place] === 0).map((task) => `${key} names ${task}, which is no task`)
}

/** How many tasks of each owner are open: as many as there are. */
async function countProblems(redis: Redis, key: string): Promise<string[]> {
  const tag = key.slice(0, key.indexOf('}') + 1)
  const records = await redis.keys(`${tag}:task:*`)
  const states = await Promise.all(records.map((record) => redis.hmget(record, 'owner', 'run')))
  const counts = Object.entries(await redis.hgetall(key))
  return counts.flatMap(([owner, count]) => {
    const open = states.filter(([of, run]) => of === owner && run !== 'done').length
    return open === Number(count) ? [] : [`${key} says ${count} of ${owner}, which has ${open} open tasks`]
  })
}

/** A wake-up: it waits to be taken, or somebody has it. All is looked up at once, since it may be taken meanwhile. */
async function jobProblems(redis: Redis, key: string, queue: string, job: string): Promise<string[]> {
  const at = (list: string) => `{lh:queue}:${queue}:${list}`
  const looked = redis.multi().lpos(at('wait'), job).lpos(at('active'), job).zscore(at('prioritized'), job).exists(key)
  const [exists, ...places] = ((await looked.exec()) ?? []).map(([, found]) => found).reverse()
  const isLost = exists === 1 && places.every((place) => place === null)
  return isLost ? [`${key} is a wake-up that nobody will take`] : []
}
