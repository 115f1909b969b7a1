import { Command, Option } from 'commander'
import type { ListOptions } from './commands/list.ts'
import type { StartArguments } from './commands/start.ts'
import type { StdioArguments } from './commands/stdio.ts'
import type { WorkerArguments } from './commands/worker.ts'
import { VERSION } from './version.ts'

const PROJECT = ['[project]', 'folder with mcp.json, agents/ and tools/', '.'] as const

const AFTER_HELP = `
Settings are environment variables; docs/settings.md lists them. The ones that matter first:
  PORT                port of the coordinator (4620)
  REDIS_URL           the store; without it 'start' brings its own
  LONGHAUL_API_KEYS   who may call; without it everybody on this machine may, and nobody else
  LONGHAUL_API_KEY    who you are, for 'stdio' with an installation that asks for keys
  LONGHAUL_MODEL      the model of agents that name none, as provider/model`

/** The command line. Each command has a file of its own name, which is loaded when it is asked for. */
export function buildProgram(): Command {
  const program = new Command('longhaul')
  program
    .description('Durable MCP tasks: hand long work to agents and tools, go away, come back to a result.')
    .version(VERSION)
    .addHelpText('after', AFTER_HELP)
  program
    .command('start')
    .description('run everything: the store, the coordinator and workers')
    .argument(...PROJECT)
    .option('--while-used', 'end when no longhaul stdio uses it any more')
    .action(async (project: string, options: StartArguments) =>
      (await import('./commands/start.ts')).start(project, options),
    )
  program
    .command('stdio')
    .description('serve MCP over stdin and stdout, for clients that start a process')
    .argument(...PROJECT)
    .option(
      '--url <url>',
      'an installation that runs (LONGHAUL_URL); without it that of the project is used, or started',
    )
    .action(async (project: string, options: StdioArguments) =>
      (await import('./commands/stdio.ts')).stdio(project, options),
    )
  program
    .command('coordinator')
    .description('run a coordinator alone; needs REDIS_URL')
    .action(async () => (await import('./commands/coordinator.ts')).runCoordinator())
  program
    .command('worker')
    .description('run a worker alone; needs REDIS_URL')
    .argument(...PROJECT)
    .option('--task <id>', 'run only this task, until it is over or waits')
    .action(async (project: string, options: WorkerArguments) =>
      (await import('./commands/worker.ts')).runWorker(project, options),
    )
  program
    .command('workers')
    .description('list the workers that live; needs REDIS_URL')
    .action(async () => (await import('./commands/workers.ts')).printWorkers())
  program
    .command('list')
    .description('list tasks; needs REDIS_URL')
    .addOption(new Option('--dead', 'those that failed because their workers died with them').conflicts('tree'))
    .option('--tree <task>', 'a task with all tasks below it')
    .option('--json', 'one JSON object a line')
    .action(async (options: ListOptions, command: Command) => {
      if (options.tree !== undefined) return (await import('./commands/list-tree.ts')).listTree(options.tree, options)
      if (options.dead) return (await import('./commands/list.ts')).listDead(options)
      command.error("error: say which: '--dead' or '--tree <task>'; there is no list of others yet")
    })
  program
    .command('retry')
    .description('do a task that failed or was cancelled again, from its last good step; needs REDIS_URL')
    .argument('<task>', 'id of the task; the id of the new one is printed')
    .action(async (task: string) => (await import('./commands/retry.ts')).retryTask(task))
  program
    .command('graph')
    .description('print a workflow of the project as a Mermaid flowchart')
    .argument('<workflow>', 'its name')
    .argument(...PROJECT)
    .action(async (workflow: string, project: string) =>
      (await import('./commands/graph.ts')).printGraph(workflow, project),
    )
  program
    .command('key')
    .description('make an API key, and the entry of LONGHAUL_API_KEYS for it')
    .argument('<name>', 'whose tasks are made with it')
    .argument('[scopes...]', 'rights over the tasks of others: tasks:read tasks:answer tasks:cancel tasks:admin')
    .action(async (name: string, scopes: string[]) => (await import('./commands/key.ts')).makeKey(name, scopes))
  return program
}
