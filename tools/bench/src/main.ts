import { parseArgs } from 'node:util'
import type { Measured } from './figure.ts'
import { isReached } from './figure.ts'
import { GROUPS } from './figures.ts'
import { render } from './render.ts'
import { FULL, QUICK } from './sizes.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
})

const groups = GROUPS.filter(({ name }) => options.only === undefined || name === options.only)
if (groups.length === 0) {
  console.error(`--only takes one of ${GROUPS.map(({ name }) => name).join(', ')}.`)
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
