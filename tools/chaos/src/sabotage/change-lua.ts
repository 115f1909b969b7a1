import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Has this process read `file`, a script of libs/store, with `from` replaced. @throws Error where that is not in it */
export function changeLua(file: string, from: string | RegExp, to: string): void {
  const { readFileSync } = fs
  fs.readFileSync = ((...args: Parameters<typeof readFileSync>) => {
    const content = readFileSync(...args)
    if (!String(args[0]).endsWith(`/${file}`)) return content
    const lua = String(content).replace(from, to)
    if (lua === content) throw new Error(`${file} is not as it was; what changes it has to follow.`)
    return lua
  }) as typeof readFileSync
  syncBuiltinESMExports()
}
