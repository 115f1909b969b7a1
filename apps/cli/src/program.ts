import { Command } from 'commander'
import { addProcessCommands } from './program/process-commands.ts'
import { addProjectCommands } from './program/project-commands.ts'
import { addTaskCommands } from './program/task-commands.ts'
import { VERSION } from './version.ts'

const AFTER_HELP = `
Settings are environment variables; 'longhaul config' lists them. The ones that matter first:
  PORT                port of the coordinator (4620)
  REDIS_URL           the store; without it 'start' and 'dev' bring their own
  LONGHAUL_API_KEYS   who may call, or LONGHAUL_OAUTH_ISSUERS; without, everybody on this machine may, and nobody else
  LONGHAUL_API_KEY    who you are, with an installation that asks for keys
  LONGHAUL_MODEL      the model of agents that name none, as provider/model
What a project's .env sets counts where the shell sets nothing.`

/** The command line. Each command has a file of its own name, which is loaded when it is asked for. */
export function buildProgram(): Command {
  const program = new Command('longhaul')
    .description('Durable MCP tasks: hand long work to agents and tools, go away, come back to a result.')
    .version(VERSION)
    .addHelpText('after', AFTER_HELP)
    .showHelpAfterError('(--help says more; settings are environment variables, as PORT=4630)')
  addProjectCommands(program)
  addTaskCommands(program)
  addProcessCommands(program)
  return program
}
