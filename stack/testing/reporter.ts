import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends a run with the one line that machines read: `12 passed, 0 failed`, and `, 1 skipped` where some were.
 * A file that could not even be loaded, and an error outside of any test, count as failures.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      count.failed += module.errors().length
      for (const test of module.children.allTests()) count[test.result().state] += 1
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length
    }
    // What was still to run when the run was broken off did not pass.
    const failed = count.failed + count.pending
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    process.stdout.write(`\n${count.passed} passed, ${failed} failed${skipped}\n`)
  }
}
