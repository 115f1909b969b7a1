#!/usr/bin/env node
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// What follows is imported only then: on an older Node it does not even load.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  // Type stripping is on by default from there.
  console.error(`longhaul needs Node 22.18 or newer; this is ${process.version} (${process.execPath}).`)
  process.exit(1)
}

// Code is compiled once, not at every start, by this process and those that it starts: that is half the time of a start.
// Where the folder cannot be written to, nothing is kept, and nothing else is different.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../.cache', import.meta.url))
module.enableCompileCache(process.env.NODE_COMPILE_CACHE)

const [{ buildProgram }, { explain }, { complain }] = await Promise.all([
  import('./program.ts'),
  import('./explain.ts'),
  import('./printable.ts'),
])
try {
  await buildProgram().parseAsync()
} catch (error) {
  complain(`longhaul: ${explain(error)}`)
  process.exit(1)
}
