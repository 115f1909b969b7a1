import { parseArgs } from 'node:util'
import type { Measured } from './figure.ts'
import { isReached } from './figure.ts'
import { GROUPS } from './figures.ts'
import { render } from './render.ts'
import { FULL, QUICK } from './sizes.ts'

const names = GROUPS.map(({ name }) => name).join(', ')
const USAGE = `npm run bench -- [options]

  --only <figures>  one of ${names}
  --json            one object with a key per figure: {value, reference, ratio}
  --strict          a target that is not reached is an error
  --quick           measures next to nothing, to see that the tool works
`

const options = readOptions()
const groups = GROUPS.filter(({ name }) => options.only === undefined || name === options.only)
if (groups.length === 0) {
  console.error(`--only takes one of ${names}.`)
  process.exit(1)
}

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

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        json: { type: 'boolean', default: false },
        only: { type: 'string' },
        quick: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
      },
    })
    if (!values.help) return values
    console.log(USAGE)
    process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    process.exit(1)
  }
}
