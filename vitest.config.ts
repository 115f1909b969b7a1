import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { TotalsReporter } from './tools/check/src/totals-reporter.ts'

export default defineConfig({
  test: {
    reporters: ['default', new TotalsReporter()],
    // Most tests wait for processes and sockets: no core is kept free for vitest itself, and one file more than there
    // are cores is under way.
    maxWorkers: availableParallelism() + 1,
    // The processes that tests start compile their code once, not each.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node', import.meta.url)) },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A loaded machine takes its time; one second, the default, is not enough for a process to say something.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      // Libraries keep nothing in their modules, so that their tests can share one process: half the time of all of them.
      { extends: true, test: { name: 'libs', include: ['libs/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'programs', include: ['{apps,tools,examples}/**/*.test.ts'] } },
    ],
  },
})
