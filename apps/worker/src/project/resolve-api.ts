import { registerHooks } from 'node:module'

/**
 * Lets files of a project import what comes with Longhaul although nothing is installed in the project. What is
 * installed there comes first.
 * @param modules names, and the URLs of the modules that they stand for
 */
export function resolveApi(modules: Readonly<Record<string, string>>): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context)
      } catch (error) {
        const url = Object.hasOwn(modules, specifier) ? modules[specifier] : undefined
        if (url === undefined || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
        return nextResolve(url, context)
      }
    },
  })
}
