import { join } from 'node:path'
import { toolProgram } from '@longhaul/testbed/tool-program'
import { build } from './build.ts'
import { installPackage, type NodeUnderTest, nodesToTry } from './install.ts'
import { tryPackage } from './try-package.ts'

const DOES =
  'Packs the package, installs it into an empty folder outside of this repository, and uses it there as somebody new ' +
  'to it would, on each Node that it promises to run on.'

toolProgram('package:check', DOES).parse()
const repository = join(import.meta.dirname, '../../..')
const { folder, files } = build(repository)
const installed = installPackage(folder)
console.log(`packed ${files} modules, installed in ${installed.folder}`)
try {
  for (const node of nodesToTry(installed.folder)) await tryOn(node)
} finally {
  installed.remove()
}

async function tryOn(node: NodeUnderTest): Promise<void> {
  if (node.kind === 'missing') {
    console.log(`NOT RUN: the package on Node ${node.version} (${node.reason})`)
    return
  }
  const began = performance.now()
  await tryPackage({ folder: installed.folder, node: node.path })
  console.log(
    `Node ${node.version}: init, validate, doctor, dev, run and a change, ${Math.round(performance.now() - began)} ms`,
  )
}
