const { basename } = require('node:path');

/** Ends a jest run with `<project>: N passed, N failed[, N skipped]`, which tools/check.mjs adds up. */
module.exports = class CountReporter {
  onRunComplete(_contexts, results) {
    const { rootDir } = this.config;
    // A suite that does not load runs no test: it counts as one failure, or a broken import would pass unseen.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const counts = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.stdout.write(`${basename(rootDir)}: ${counts}\n`);
  }

  constructor(globalConfig) {
    this.config = globalConfig;
  }
};
