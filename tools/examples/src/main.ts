import { toolProgram } from '@longhaul/testbed/tool-program'
import { PLAYED } from './examples.ts'
import { runExample } from './run-example.ts'

const program = toolProgram(
  'examples',
  'Plays the folders of examples/ as their READMEs say, and looks at what came of it.',
)
const choice = program
  .createArgument('[names...]', 'which; all if none is given')
  .choices(PLAYED.map(({ name }) => name))
const { args: names } = program.addArgument(choice).parse()
for (const example of PLAYED.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const startedAt = performance.now()
  try {
    await runExample(example)
    console.log(`${example.name}: as it should be, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  } catch (error) {
    process.exitCode = 1
    console.error(`${example.name}: ${(error as Error).message}`)
  }
}
