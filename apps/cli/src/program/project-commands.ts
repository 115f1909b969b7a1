import type { Command } from 'commander'
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
    .command('graph')
    .description('print a workflow of the project as a Mermaid flowchart')
    .argument('<workflow>', 'its name')
    .argument(...PROJECT)
    .action(async (workflow: string, project: string) =>
      (await import('../commands/graph.ts')).printGraph(workflow, project),
    )
}
