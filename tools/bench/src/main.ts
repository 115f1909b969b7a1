import { toolProgram } from '@longhaul/testbed/tool-program'
import type { Measured } from './figure.ts'
import { isReached } from './figure.ts'
import { GROUPS } from './figures.ts'
import { render } from './render.ts'
import { FULL, QUICK } from './sizes.ts'

const program = toolProgram('bench', 'Measures what Longhaul costs, beside a raw reference.')
const figures = program
  .createOption('--only <figures...>', 'measure only these')
  .choices(GROUPS.map(({ name }) => name))
const options = program
  .addOption(figures)
  .option('--json', 'one object with a key per figure: {value, reference, ratio}')
  .option('--strict', 'a target that is not reached is an error')
  .option('--quick', 'measures next to nothing, to see that the tool works')
  .parse()
  .opts<{ only?: string[]; json?: true; strict?: true; quick?: true }>()
const groups = GROUPS.filter(({ name }) => options.only?.includes(name) ?? true)

const results: Record<string, Measured> = {}
let areReached = true
for (const { name, figures, measure } of groups) {
  const note = (line: string) => console.error(`${name}: ${line}`)
  Object.assign(results, await measure(options.quick ? QUICK : FULL, note))
  for (const figure of figures) {
    const result = results[figure.name]
    if (!result) throw new Error(`${name} did not measure ${figure.name}.`)
    areReached &&= !figure.target || isReached(figure.target, result)
    if (!options.json) console.log(render(figure, result))
  }
}
if (options.json) console.log(JSON.stringify(results, null, 2))
process.exit(options.strict && !areReached ? 1 : 0)
