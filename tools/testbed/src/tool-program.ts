import { Command } from 'commander'

/**
 * The command line of `npm run NAME`, without options of its own yet. What it does not know ends the process with 2 before
 * anything is done, and one line says what to do.
 */
export function toolProgram(name: string, description: string): Command {
  return new Command(`npm run ${name} --`)
    .description(description)
    .helpOption('-h, --help', 'say this')
    .configureOutput({
      outputError: (text, write) => write(`${oneLine(text)} (npm run ${name} -- --help says more)\n`),
    })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
}

const oneLine = (text: string): string => text.trim().replaceAll('\n', ' ')
