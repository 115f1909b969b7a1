import { expect, test } from 'vitest'
import { type Longhaul, longhaul, toolFile, writeProject } from '../../test/longhaul.ts'

const ASK = `
  ctx.progress(1, 2, 'half of it')
  const schema = z.object({ isDone: z.boolean() })
  const reply = await ctx.elicit({ message: 'Is it done?', schema })
  return reply.action === 'accept' ? { done: reply.content.isDone, at: args.at } : 'not answered: ' + reply.action`

test('tasks are run, looked at, answered, cancelled and retried from the terminal', { timeout: 120_000 }, async () => {
  const dir = writeProject({
    '.env': 'LONGHAUL_HEARTBEAT_MS=1000\nPORT=1\nLONGHAUL_DAILY_BUDGETS="* toolCalls=9"\n',
    'tools/ask.ts': toolFile('ask', ASK),
    'tools/fail.ts': toolFile('fail', "throw new Error('it is broken')"),
  })
  const dev = longhaul(['dev', dir])
  await dev.says('Ctrl-C ends it')
  expect(dev.stdout).toMatch(/workers +1$/m)
  const run = (...args: string[]) => longhaul([...args, '--project', dir])
  const over = async (command: Longhaul) => {
    const { code } = await command.exited
    return { code, out: command.stdout.trim(), err: command.stderr.trim() }
  }

  const asking = run('run', 'ask', '--at', 'home')
  await asking.says('1/2  half of it')
  asking.stdin.write('perhaps\n')
  await asking.says('It takes boolean.')
  asking.stdin.write('yes\n')
  const answered = await over(asking)
  expect([answered.code, JSON.parse(answered.out)]).toEqual([0, { done: true, at: 'home' }])

  const alone = run('run', 'ask')
  alone.stdin.end()
  const left = await over(alone)
  expect([left.code, left.out]).toEqual([4, ''])
  const [, id = ''] = /It waits for an answer: longhaul answer (\S+)$/.exec(left.err) ?? []
  const [shown, early, wrong, list, asked, workers, unfit] = await Promise.all([
    over(run('get', id)),
    over(run('result', id, '--wait')),
    over(run('answer', id, '--json', '{"isDone": 1}')),
    over(run('list', '--json', '--limit', '1')),
    over(run('list', '--asking')),
    over(run('workers')),
    over(run('run', 'ask', '--json', '{"at": 1}')),
  ])
  expect(shown.out).toMatch(/^asks +elicit#1 {2}Is it done\?$/m)
  expect(asked.out).toMatch(new RegExp(`^${id} +ask +\\S+ +elicit#1 {2}Is it done\\?$`, 'm'))
  expect(workers.out).toMatch(/^\S+ +\S+ +\d+ +\S+ +default +0\/\d+ +2 +\d+\w +\d+s ago$/m)
  expect(shown.out).toMatch(/^today +0 of 9 calls of tools$/m)
  expect([early.code, early.err]).toEqual([4, `The task waits for an answer: longhaul answer ${id}`])
  expect(wrong.code).toBe(1)
  expect(wrong.err).toContain('The answer does not fit: isDone must be boolean. Write --isDone …')
  expect(unfit.err).toBe('longhaul: The arguments do not fit ask: at must be string. It takes --at.')
  expect(JSON.parse(list.out)).toMatchObject({ taskId: id, tool: 'ask', status: 'input_required' })
  const [paused, steered] = await Promise.all([over(run('pause', id)), over(run('steer', id, 'Go', 'west.'))])
  expect(paused.out).toMatch(/^Paused since \S+Z\. It goes on when it is resumed\.$/)
  expect([steered.code, steered.err]).toEqual([
    1,
    "longhaul: Cannot steer the task: 'ask' has no model that would take a message.",
  ])
  expect((await over(run('answer', id, '--decline'))).err).toBe('Answered elicit#1: decline')
  expect((await over(run('resume', id))).out).toMatch(/^(working|completed)$/)

  const followed = run('logs', id, '--follow')
  const result = await over(run('result', id, '--wait'))
  expect([result.code, result.out]).toEqual([0, 'not answered: decline'])
  expect((await over(followed)).out).toMatch(
    /^\d{4}-\d\d-\d\dT\S+Z {2}created\n(.*\n)*.* it asks: elicit#1\n(.*\n)*.* completed$/,
  )

  const [failing, detached] = await Promise.all([over(run('run', 'fail')), over(run('run', 'ask', '--detach'))])
  expect([failing.code, failing.out]).toEqual([2, ''])
  expect(failing.err).toContain('it is broken')
  const [, failed = ''] = /^task (\S+)$/m.exec(failing.err) ?? []
  const [retried, cancelled] = await Promise.all([
    over(run('retry', failed)),
    over(run('cancel', detached.out, '--reason', 'Not needed.')),
  ])
  expect(retried.out).toMatch(/^\S{24}$/)
  expect(cancelled.out).toBe('cancelled')
  const gone = await over(run('result', detached.out, '--json'))
  expect([gone.code, JSON.parse(gone.out).outcome]).toEqual([3, { kind: 'cancelled', reason: 'Not needed.' }])

  const interrupted = run('run', 'ask')
  await interrupted.says('(:decline or :cancel instead of an answer)')
  interrupted.kill('SIGINT')
  const detach = await over(interrupted)
  expect(detach.code).toBe(4)
  expect(detach.err).toContain('It goes on. Its result: longhaul result ')
  dev.kill('SIGINT')
  await dev.exited
})
