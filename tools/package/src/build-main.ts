import { join } from 'node:path'
import { build } from './build.ts'

const repository = join(import.meta.dirname, '../../..')
const { files, folder } = build(repository)
console.log(`${folder}: ${files} modules. npm pack ${folder} makes the tarball.`)
