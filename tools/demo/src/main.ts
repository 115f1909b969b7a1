import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { toolProgram } from '@longhaul/testbed/tool-program'
import { judge } from './judge.ts'
import { runDemo } from './run-demo.ts'

const QUICKSTART = fileURLToPath(new URL('../../../examples/quickstart', import.meta.url))

const program = toolProgram('demo', 'Shows what is promised, with real processes, and whether it is kept.')
const [project = QUICKSTART] = program
  .argument('[project]', 'folder; examples/quickstart if none is given')
  .parse().args
if (!existsSync(project)) program.error(`error: there is no folder ${project}.`)
const write = (line: string) => console.log(line)
const { isKept } = judge(await runDemo(project, write), write)
process.exit(isKept ? 0 : 1)
