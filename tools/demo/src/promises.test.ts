import { expect, test } from 'vitest'
import type { Observed, PostSeen, TurnSeen } from './observed.ts'
import { PROMISES } from './promises.ts'

const post = (title: string, part: number, process: number, state: PostSeen['state'] = 'accepted'): PostSeen => ({
  title,
  part,
  process,
  state,
  idempotencyKey: `${title}/${part}`,
  openTitles: part === 1 ? ['a.md', 'b.md'] : [title],
})
const turn = (messages: number, rest: Partial<TurnSeen> = {}): TurnSeen => ({
  messages,
  tools: ['publish_report'],
  results: [],
  calls: [],
  text: 'I go on.',
  ...rest,
})

/** A run in which all went well: process 1 is killed after four posts, process 2 goes on. */
const GOOD: Observed = {
  files: { 'a.md': 'A', 'b.md': 'B' },
  turns: [turn(1), turn(3, { results: ['A', 'B'] }), turn(5, { text: 'Done.' })],
  questions: ['r', 'r', 'c'].map((taskId) => ({ taskId, status: 'input_required' })),
  progress: [
    ...[1, 2, 3, 4, 5].map((progress) => ({ taskId: 'r', progress })),
    { taskId: 'c', progress: 1, total: 3, message: 'part 1 is published' },
  ],
  posts: [
    post('a.md', 1, 1),
    post('b.md', 1, 1),
    post('a.md', 2, 1, 'dropped'),
    post('b.md', 2, 1, 'dropped'),
    post('a.md', 2, 2),
    post('b.md', 2, 2),
    post('a.md', 3, 2),
    post('b.md', 3, 2),
    post('leaflet', 1, 2),
    post('leaflet', 2, 2, 'dropped'),
  ],
  report: { id: 'r', status: 'completed', text: 'Done.' },
  kill: { process: 1, posts: 4 },
  cancel: { task: { id: 'c', status: 'cancelled' }, posts: 10, workerLives: true },
  statuses: ['cancelled', 'completed'],
  exits: { coordinator: 0, 'worker B': 0 },
}

const brokenIn = (seen: Observed): readonly string[] =>
  PROMISES.filter(({ broken }) => broken(seen) !== undefined).map(({ name }) => name)

const withPosts = (change: (posts: PostSeen[]) => PostSeen[]): Observed => ({ ...GOOD, posts: change([...GOOD.posts]) })

test('finds every promise kept where all went well', () => {
  expect(brokenIn(GOOD)).toEqual([])
})

test('finds no promise kept where nothing was seen', () => {
  const nothing = { files: GOOD.files, turns: [], questions: [], progress: [], posts: [] }
  expect(brokenIn(nothing)).toEqual(PROMISES.map(({ name }) => name))
})

const BREACHES: readonly [what: string, seen: Observed, broken: readonly string[]][] = [
  ['a turn without tools', { ...GOOD, turns: GOOD.turns.with(0, turn(1, { tools: [] })) }, ['model']],
  ['a conversation that began anew', { ...GOOD, turns: GOOD.turns.with(2, turn(1, { text: 'Done.' })) }, ['model']],
  ['a result that the model did not give', { ...GOOD, report: { id: 'r', status: 'completed', text: '?' } }, ['model']],
  ['another text than on disk', { ...GOOD, turns: GOOD.turns.with(1, turn(3, { results: ['A'] })) }, ['files']],
  [
    'calls one after the other',
    withPosts((all) => all.map((one) => ({ ...one, openTitles: [one.title] }))),
    ['parallel'],
  ],
  [
    'a task that works while it asks',
    { ...GOOD, questions: GOOD.questions.with(0, { taskId: 'r', status: 'working' }) },
    ['question'],
  ],
  ['progress that stands still', { ...GOOD, progress: [{ taskId: 'r', progress: 1 }, ...GOOD.progress] }, ['progress']],
  ['progress of a tool that is not heard', { ...GOOD, progress: GOOD.progress.slice(0, 5) }, ['progress']],
  ['a task that failed', { ...GOOD, report: { id: 'r', status: 'failed', text: 'Done.' } }, ['takeover']],
  ['a post that is missing', withPosts((all) => all.with(7, post('leaflet', 0, 2))), ['takeover']],
  [
    'a step done twice',
    withPosts((all) => all.with(7, post('b.md', 3, 2)).toSpliced(4, 0, post('a.md', 1, 2))),
    ['once', 'cancel'],
  ],
  [
    'a repeat under a new key',
    withPosts((all) => all.with(4, { ...post('a.md', 2, 2), idempotencyKey: 'new' })),
    ['in doubt'],
  ],
  [
    'a kill between two calls',
    withPosts((all) => all.with(2, post('a.md', 4, 1)).with(3, post('b.md', 4, 1))),
    ['takeover', 'in doubt'],
  ],
  ['a tool that goes on after the cancel', withPosts((all) => [...all, post('leaflet', 3, 2)]), ['cancel']],
  ['a tool that is not told', withPosts((all) => all.with(9, post('leaflet', 2, 2, 'open'))), ['cancel']],
  ['a task that was left over', { ...GOOD, statuses: ['working', 'completed'] }, ['end']],
  ['a process that does not end', { ...GOOD, exits: { coordinator: 'no end', 'worker B': 0 } }, ['end']],
]

test.for(BREACHES)('notices %s', ([, seen, broken]) => {
  expect(brokenIn(seen)).toEqual(broken)
})
