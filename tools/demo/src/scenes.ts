import type { Board } from './board.ts'
import type { DemoClient } from './client.ts'
import type { Installation } from './installation.ts'
import type { Notes } from './observed.ts'
import type { Timeline } from './timeline.ts'
import { within } from './within.ts'

export interface Scene {
  readonly timeline: Timeline
  readonly client: DemoClient
  readonly board: Board
  readonly installation: Installation
  readonly notes: Notes
}

/**
 * An agent reads files and publishes a report on each, in parallel. Its worker is killed in the middle of both; the
 * other one goes on.
 */
export async function reportScene(
  { timeline, client, board, installation, notes }: Scene,
  files: readonly string[],
): Promise<void> {
  const prompt = `Publish a report on each of ${files.join(' and ')}.`
  timeline.tell('client', `calls reporter as a task: ${prompt}`)
  const run = client.run('report', 'reporter', { prompt })

  // Neither gets its answer before both are there: they do run at the same time.
  const firstParts = await within('both reports are being published', run.during(board.open(files.length)))
  for (const post of firstParts) post.accept()
  const secondParts = await within('both reports go on', run.during(board.open(files.length)))

  const pid = secondParts[0]?.process ?? 0
  notes.kill = { process: pid, posts: board.posts.length }
  await installation.killWorker(pid)
  for (const post of secondParts) await within('the connections of the dead worker end', board.dropped(post))
  timeline.tell('demo', 'the other worker takes over when the lease of the dead one is out, after 5 s')
  board.acceptAll(true)
  notes.report = await within('the task goes on', run.ended)
  board.acceptAll(false)
}

/** A tool is called directly, and its task is cancelled while it works. */
export async function cancelScene({ timeline, client, board, installation, notes }: Scene): Promise<void> {
  timeline.tell('client', 'calls publish_report itself as a task')
  const run = client.run('leaflet', 'publish_report', { title: 'A leaflet', parts: ['One.', 'Two.', 'Three.'] })
  const [first] = await within('the leaflet is being published', run.during(board.open(1)))
  first?.accept()
  const [second] = await within('the leaflet goes on', run.during(board.open(1)))
  const taskId = await run.id
  await within('the tool tells how far it is', run.during(client.toldProgress(taskId)))

  const posts = board.posts.length
  timeline.tell('client', 'cancels the task, while its tool waits for the board')
  await client.cancel(taskId)
  if (second) await within('the AbortSignal of the tool fires', board.dropped(second))
  const workerLives = installation.isAlive(second?.process ?? 0)
  timeline.tell(installation.workerName(second?.process ?? 0), 'its AbortSignal fired: it has dropped the request')
  const task = await within('the client hears of the end', run.ended)
  notes.cancel = { task, posts, workerLives }
}
