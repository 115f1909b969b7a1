import { fileURLToPath } from 'node:url'
import { judge } from './judge.ts'
import { runDemo } from './run-demo.ts'

// npm run demo [-- PROJECT]: the project that is run, examples/quickstart if none is named.
const project = process.argv[2] ?? fileURLToPath(new URL('../../../examples/quickstart', import.meta.url))
const write = (line: string) => console.log(line)
const { isKept } = judge(await runDemo(project, write), write)
process.exit(isKept ? 0 : 1)
