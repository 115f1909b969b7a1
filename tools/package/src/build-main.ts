import { join } from 'node:path'
import { toolProgram } from '@longhaul/testbed/tool-program'
import { build } from './build.ts'

toolProgram('build', 'Makes in dist what users install.').parse()
const repository = join(import.meta.dirname, '../../..')
const { files, folder } = build(repository)
console.log(`${folder}: ${files} modules. npm pack ${folder} makes the tarball.`)
