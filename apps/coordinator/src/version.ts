import { readFileSync } from 'node:fs'

/** Version of this package, as `initialize` and /healthz say it. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
