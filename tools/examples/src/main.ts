import { PLAYED } from './examples.ts'
import { runExample } from './run-example.ts'

const names = process.argv.slice(2)
const unknown = names.filter((name) => !PLAYED.some((example) => example.name === name))
if (unknown.length > 0) {
  console.error(`There is no example ${unknown.join(', ')}; there are ${PLAYED.map(({ name }) => name).join(', ')}.`)
  process.exit(1)
}
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
