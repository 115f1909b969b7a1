import { VERSION } from '@longhaul/coordinator'
import { Command } from 'commander'
import { runCoordinator } from './commands/coordinator.ts'
import { makeKey } from './commands/key.ts'
import { start } from './commands/start.ts'
import { runWorker } from './commands/worker.ts'

const PROJECT = ['[project]', 'folder with mcp.json, agents/ and tools/', '.'] as const

const AFTER_HELP = `
Settings are environment variables; docs/settings.md lists them. The ones that matter first:
  PORT                port of the coordinator (4620)
  REDIS_URL           the store; without it 'start' brings its own
  LONGHAUL_API_KEYS   who may call; without it everybody on this machine may, and nobody else
  LONGHAUL_MODEL      the model of agents that name none, as provider/model`

/** The command line. Each command has a file of its own name. */
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
    .action((project: string) => start(project))
  program
    .command('coordinator')
    .description('run a coordinator alone; needs REDIS_URL')
    .action(() => runCoordinator())
  program
    .command('worker')
    .description('run a worker alone; needs REDIS_URL')
    .argument(...PROJECT)
    .action((project: string) => runWorker(project))
  program
    .command('key')
    .description('make an API key, and the entry of LONGHAUL_API_KEYS for it')
    .argument('<name>', 'whose tasks are made with it')
    .argument('[scopes...]', 'rights over the tasks of others: tasks:read tasks:answer tasks:cancel tasks:admin')
    .action((name: string, scopes: string[]) => makeKey(name, scopes))
  return program
}
