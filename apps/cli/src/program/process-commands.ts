import type { Command } from 'commander'
import type { StartArguments } from '../commands/start.ts'
import type { StatusOptions } from '../commands/status.ts'
import type { StdioArguments } from '../commands/stdio.ts'
import type { WorkerArguments } from '../commands/worker.ts'
import { PROJECT } from './project-argument.ts'

/** Processes that serve, and what belongs to them. */
export function addProcessCommands(program: Command): void {
  program.commandsGroup('Serve:')
  program
    .command('start')
    .description('run everything: the store, the coordinator and workers')
    .argument(...PROJECT)
    .option('--while-used', 'end when no longhaul stdio uses it any more')
    .action(async (project: string, options: StartArguments) =>
      (await import('../commands/start.ts')).start(project, options),
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
      (await import('../commands/stdio.ts')).stdio(project, options),
    )
  program
    .command('coordinator')
    .description('run a coordinator alone; needs REDIS_URL')
    .action(async () => (await import('../commands/coordinator.ts')).runCoordinator())
  program
    .command('worker')
    .description('run a worker alone; needs REDIS_URL')
    .argument(...PROJECT)
    .option('--task <id>', 'run only this task, until it is over or waits')
    .action(async (project: string, options: WorkerArguments) =>
      (await import('../commands/worker.ts')).runWorker(project, options),
    )
  program
    .command('status')
    .description('tell how all stands: the store, workers, queues, and who has most tasks')
    .option('--project <folder>', 'the project, where its installation has brought the store', '.')
    .option('--json', 'as JSON')
    .action(async (options: StatusOptions) => (await import('../commands/status.ts')).printStatus(options))
  program
    .command('workers')
    .description('list the workers that live, on the store at REDIS_URL, or that of the project')
    .option('--project <folder>', 'the project, where its installation has brought the store', '.')
    .action(async (options: { project: string }) => (await import('../commands/workers.ts')).printWorkers(options))
  program
    .command('key')
    .description('make an API key, and the entry of LONGHAUL_API_KEYS for it')
    .argument('<name>', 'whose tasks are made with it')
    .argument('[scopes...]', 'rights over the tasks of others: tasks:read tasks:answer tasks:cancel tasks:admin')
    .action(async (name: string, scopes: string[]) => (await import('../commands/key.ts')).makeKey(name, scopes))
}
