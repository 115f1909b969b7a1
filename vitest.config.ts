import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { TotalsReporter } from './tools/check/src/totals-reporter.ts'

export default defineConfig({
  test: {
    include: ['{apps,libs,tools,examples}/**/*.test.ts'],
    reporters: ['default', new TotalsReporter()],
    // Most tests wait for processes and sockets, so that no core is kept free for vitest itself.
    maxWorkers: availableParallelism(),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A loaded machine takes its time; one second, the default, is not enough for a process to say something.
    expect: { poll: { timeout: 10_000 } },
  },
})
