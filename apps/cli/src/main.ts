#!/usr/bin/env node
import { explain } from './explain.ts'
import { buildProgram } from './program.ts'

// Type stripping is on by default from 22.18.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`longhaul needs Node 22.18 or newer; this is ${process.version} (${process.execPath}).`)
  process.exit(1)
}

try {
  await buildProgram().parseAsync()
} catch (error) {
  console.error(`longhaul: ${explain(error)}`)
  process.exit(1)
}
