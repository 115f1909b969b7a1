import type { Command } from 'commander'
import type { ConfigOptions } from '../commands/config.ts'
import type { DoctorOptions } from '../commands/doctor.ts'
import type { ValidateOptions } from '../commands/validate.ts'
import { PROJECT } from './project-argument.ts'

/** For whoever writes a project. */
export function addProjectCommands(program: Command): void {
  program.commandsGroup('Write a project:')
  program
    .command('init')
    .description('make a project with a tool, an agent and mcp.json; nothing that is there is overwritten')
    .argument('[folder]', 'where', '.')
    .action(async (folder: string) => (await import('../commands/init.ts')).init(folder))
  program
    .command('dev')
    .description('run everything for one who writes the project: its changes are followed')
    .argument(...PROJECT)
    .action(async (project: string) => (await import('../commands/dev.ts')).dev(project))
  program
    .command('validate')
    .description('say what is wrong with a project, and what could be better, with file and line')
    .argument(...PROJECT)
    .option('--strict', 'end with 1 for warnings, too')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nIt runs the files in tools/ and starts the servers of mcp.json, as a worker does.')
    .action(async (project: string, options: ValidateOptions) =>
      (await import('../commands/validate.ts')).validate(project, options),
    )
  program
    .command('doctor')
    .description('check Node, the settings, the store, the port, models and the project, and say how to mend them')
    .argument(...PROJECT)
    .option('--json', 'one JSON object a line')
    .action(async (project: string, options: DoctorOptions) =>
      (await import('../commands/doctor.ts')).doctor(project, options),
    )
  program
    .command('config')
    .description('tell what every setting is, and where that is from: default, environment or .env')
    .argument(...PROJECT)
    .option('--set', 'only what is set')
    .option('--json', 'one JSON object a line')
    .action(async (project: string, options: ConfigOptions) =>
      (await import('../commands/config.ts')).printConfig(project, options),
    )
  program
    .command('graph')
    .description('print a workflow of the project as a Mermaid flowchart')
    .argument('<workflow>', 'its name')
    .argument(...PROJECT)
    .action(async (workflow: string, project: string) =>
      (await import('../commands/graph.ts')).printGraph(workflow, project),
    )
}
