import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Board } from './board.ts'
import { DemoClient } from './client.ts'
import { Installation, REPOSITORY } from './installation.ts'
import type { Notes, Observed } from './observed.ts'
import { cancelScene, reportScene } from './scenes.ts'
import { Timeline } from './timeline.ts'
import { within } from './within.ts'

/** What the agent is asked to read: real files of this repository. */
const FILES = ['CONTRIBUTING.md', 'docs/architecture.md']

export interface DemoRun {
  readonly seen: Observed
  /** What stopped the demo before its end, and the last lines that the processes wrote by then. */
  readonly failure?: { readonly error: unknown; readonly lines: readonly string[] }
}

/** Starts everything, plays both scenes, ends everything. Promises nothing: what was seen is for others to judge. */
export async function runDemo(project: string, write: (line: string) => void): Promise<DemoRun> {
  const timeline = new Timeline(['store', 'coordinator', 'worker A', 'worker B'], write)
  const installation = new Installation(timeline)
  const board = new Board(({ process, part, title }, isRepeated) => {
    const again = isRepeated ? ' again, under the same idempotency key' : ''
    timeline.tell(installation.workerName(process), `posts part ${part} of ${title}${again}`)
  })
  await board.listen()
  const client = new DemoClient(timeline, board.url)
  const notes: Notes = {}
  let failure: DemoRun['failure']
  try {
    timeline.tell('demo', 'starts a store, a coordinator and two workers')
    await client.connect(await within('everything starts', installation.start(project)))
    const scene = { timeline, client, board, installation, notes }
    await reportScene(scene, FILES)
    await cancelScene(scene)
    notes.statuses = await client.statuses()
  } catch (error) {
    failure = { error, lines: [...installation.lines] }
  }
  // While the client is still there, with its streams open: that must keep nobody from ending.
  notes.exits = await installation.stop()
  await client.close()
  board.close()
  const { turns, questions, progress } = client
  const files = Object.fromEntries(FILES.map((path) => [path, readFileSync(join(REPOSITORY, path), 'utf8')]))
  return { seen: { files, turns, questions, progress, posts: board.posts, ...notes }, ...(failure && { failure }) }
}
