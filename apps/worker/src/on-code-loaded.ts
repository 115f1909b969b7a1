import { realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const INSTALLED = `node_modules${sep}`

/**
 * From now on tells which files of a folder this process loads as code, before it does, whatever imports them: their
 * paths from the folder, without those of installed packages.
 */
export function onCodeLoaded(dir: string, tell: (path: string) => void): void {
  const root = realpathSync(dir)
  registerHooks({
    load(url, context, nextLoad) {
      const path = url.startsWith('file:') ? relative(root, fileURLToPath(url)) : '..'
      if (!path.startsWith('..') && !path.includes(INSTALLED)) tell(path)
      return nextLoad(url, context)
    },
  })
}
