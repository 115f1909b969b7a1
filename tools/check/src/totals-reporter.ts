import type { Reporter, TestModule, TestSuite } from 'vitest/node'

interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/**
 * A vitest reporter that makes the totals the very last line of a run, alone and without colour, however the run ends,
 * and makes a run in which no test was executed exit with 1. What fails outside of a test (a file that cannot be
 * loaded, a hook, an unhandled rejection) counts as one failed; a test that was never run, as skipped.
 */
export class TotalsReporter implements Reporter {
  private totals: Totals = { passed: 0, failed: 0, skipped: 0 }

  onInit(): void {
    // Only here is it certain that nobody prints after us.
    process.once('exit', () => {
      if (this.totals.passed + this.totals.failed === 0) process.exitCode = 1
      process.stdout.write(`${renderTotals(this.totals)}\n`)
    })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]).map((test) => test.result().state)
    const groups: (TestModule | TestSuite)[] = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const failedGroups = groups.filter((group) => group.errors().length > 0)
    this.totals = {
      passed: tests.filter((state) => state === 'passed').length,
      failed: tests.filter((state) => state === 'failed').length + failedGroups.length + unhandledErrors.length,
      skipped: tests.filter((state) => state === 'skipped' || state === 'pending').length,
    }
  }
}

/** `N passed, N failed, N skipped` */
function renderTotals({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
