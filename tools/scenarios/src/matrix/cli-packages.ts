import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A package of its own with a lockfile of its own: so large that nobody should have it who only works on Longhaul. */
const FOLDER = new URL('../../cli-clients/', import.meta.url)

interface CliCommand {
  readonly file: string
  readonly env: NodeJS.ProcessEnv
}

/** Installs the clients that are commands, at the versions of their lockfile, unless they are there. */
export function installCliClients(): void {
  const wanted = new URL('package-lock.json', FOLDER)
  const there = new URL('node_modules/.longhaul-lock.json', FOLDER)
  if (existsSync(there) && readFileSync(there, 'utf8') === readFileSync(wanted, 'utf8')) return
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', args, { cwd: FOLDER, stdio: 'inherit', shell: process.platform === 'win32' })
  copyFileSync(wanted, there)
}

/** The MCP Inspector, which has two commands. All that it keeps goes into `home`. */
export function inspectorCommand(command: 'inspector' | 'mcpdo', home: string): CliCommand {
  const file = command === 'inspector' ? 'launcher/build/index.js' : 'mcpdo/build/mcp-bin.js'
  return toCommand(`@modelcontextprotocol/inspector/clients/${file}`, home, {
    MCP_STORAGE_DIR: `${home}/storage`,
    MCP_INSPECTOR_SECRET_STORE: 'file',
  })
}

export const mcpcCommand = (home: string): CliCommand =>
  toCommand('@apify/mcpc/bin/mcpc', home, { MCPC_HOME_DIR: `${home}/mcpc` })

/** Compiled once: each of their commands is a process that reads a megabyte of code. */
const COMPILED = fileURLToPath(new URL('node_modules/.compile-cache', FOLDER))

/** A home of its own, and no bus over which it would find the keychain of whoever runs this. */
function toCommand(file: string, home: string, more: NodeJS.ProcessEnv): CliCommand {
  const { PATH, SystemRoot } = process.env
  return {
    file: fileURLToPath(new URL(`node_modules/${file}`, FOLDER)),
    env: { PATH, SystemRoot, HOME: home, USERPROFILE: home, NO_COLOR: '1', NODE_COMPILE_CACHE: COMPILED, ...more },
  }
}
