import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AnswerOptions } from '../commands/answer.ts'
import type { ListOptions } from '../commands/list.ts'
import type { LogsOptions } from '../commands/logs.ts'
import type { ResultOptions } from '../commands/result.ts'
import type { RunOptions } from '../commands/run.ts'
import type { Where } from '../installation/find-installation.ts'

const TASK = ['<task>', 'id of the task'] as const
const EXIT_CODES = `
Exit code: 0 completed, 2 failed, 3 cancelled, 4 it goes on (left, or it waits for an answer), 1 all else.`

/** The verbs on tasks, of the installation at --url, of the store at REDIS_URL, else of the project. */
export function addTaskCommands(program: Command): void {
  program.commandsGroup('Look after tasks:')
  const add = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--url <url>', 'the installation (LONGHAUL_URL); else that of the store at REDIS_URL, or of the project')
      .option('--project <folder>', 'the project, whose installation is started where it does not run', '.')

  add('run', 'call a tool and follow its task: progress, questions, result; Ctrl-C leaves or cancels it')
    .argument('<tool>', 'name of the tool or agent')
    .argument(
      '[arguments...]',
      'its arguments: --name value, --flag, --no-flag; behind -- also those named like an option below',
    )
    .option('--json <object>', 'its arguments as one JSON object')
    .option('--detach', 'print the id of the task and leave')
    .allowUnknownOption()
    .addHelpText('after', EXIT_CODES)
    .action(async (tool: string, words: string[], options: RunOptions) =>
      (await import('../commands/run.ts')).run(tool, words, options),
    )
  add('get', 'tell how a task stands')
    .argument(...TASK)
    .option('--json', 'as JSON')
    .action(async (task: string, options: Where & { json?: boolean }) =>
      (await import('../commands/get.ts')).getTask(task, options),
    )
  add('list', 'list your tasks, newest first')
    .addOption(new Option('--dead', 'those that failed because their workers died with them').conflicts('tree'))
    .addOption(new Option('--asking', 'what people are asked whom you may answer for').conflicts(['tree', 'dead']))
    .option('--tree <task>', 'a task with all tasks below it')
    .addOption(
      new Option(
        '--owner <name>',
        'tasks of somebody else, as longhaul status names them; for whoever may read them',
      ).conflicts(['tree', 'dead', 'asking']),
    )
    .option('--limit <count>', 'most tasks that are listed', toCount, 50)
    .option('--json', 'one JSON object a line')
    .action(async (options: ListOptions) => {
      if (options.tree !== undefined) return (await import('../commands/list-tree.ts')).listTree(options.tree, options)
      const { listAsking, listDead, listTasks } = await import('../commands/list.ts')
      if (options.asking) return listAsking(options)
      return options.dead ? listDead(options) : listTasks(options)
    })
  add('logs', 'tell what happened in a task, as far as it is kept')
    .argument(...TASK)
    .option('-f, --follow', 'go on until the task is over')
    .option('--json', 'one JSON object a line')
    .action(async (task: string, options: LogsOptions) =>
      (await import('../commands/logs.ts')).printLogs(task, options),
    )
  add('result', 'print what a task came to')
    .argument(...TASK)
    .option('--wait', 'wait until it is over, or asks something')
    .option('--json', 'the task with its outcome as JSON')
    .addHelpText('after', EXIT_CODES)
    .action(async (task: string, options: ResultOptions) =>
      (await import('../commands/result.ts')).printResult(task, options),
    )
  add('answer', 'answer what a task asks; without an answer here you are asked')
    .argument(...TASK)
    .argument(
      '[fields...]',
      'the fields of the answer: --name value, --flag, --no-flag; behind -- also those named like an option below',
    )
    .option('--question <key>', 'which question, where there are several')
    .option('--json <object>', 'the answer as one JSON object')
    .option('--accept', 'the page was opened, or nothing needs to be filled in')
    .option('--decline', 'say no')
    .option('--cancel', 'decide nothing')
    .allowUnknownOption()
    .action(async (task: string, words: string[], options: AnswerOptions) =>
      (await import('../commands/answer.ts')).answerTask(task, words, options),
    )
  add('steer', 'send a message to the model of a task: its next call contains it')
    .argument(...TASK)
    .argument('<message...>', 'what it should hear')
    .action(async (task: string, words: string[], options: Where) =>
      (await import('../commands/steer.ts')).steerTask(task, words, options),
    )
  add('pause', 'stop a task at its next step, with all that it called')
    .argument(...TASK)
    .action(async (task: string, options: Where) => (await import('../commands/pause.ts')).pauseTask(task, options))
  add('resume', 'let a paused task go on')
    .argument(...TASK)
    .action(async (task: string, options: Where) => (await import('../commands/pause.ts')).resumeTask(task, options))
  add('cancel', 'end a task for good, with all that it called')
    .argument(...TASK)
    .option('--reason <text>', 'why')
    .action(async (task: string, options: Where & { reason?: string }) =>
      (await import('../commands/cancel.ts')).cancelTask(task, options),
    )
  add('retry', 'do a task that failed or was cancelled again, from its last good step')
    .argument('<task>', 'id of the task; the id of the new one is printed')
    .action(async (task: string, options: Where) => (await import('../commands/retry.ts')).retryTask(task, options))
}

function toCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It takes a whole number of at least 1.')
  return Number(text)
}
