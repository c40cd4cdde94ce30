/**
 * Adds up the packages' test reports, cached ones included, and closes with one line: "N passed, N failed".
 * A package whose run died leaves no report, or half of one: that counts as a failure.
 */
import { readdirSync, readFileSync } from 'node:fs';

let [passed, failed] = [0, 0];
for (const group of ['packages', 'apps']) {
  for (const name of readdirSync(group)) {
    try {
      const report = JSON.parse(readFileSync(`${group}/${name}/test-report.json`, 'utf8'));
      passed += report.numPassedTests;
      // a file that could not be loaded is a failed suite without a failed test
      failed += report.numFailedTests === 0 ? report.numFailedTestSuites : report.numFailedTests;
    } catch (error) {
      console.log(`${group}/${name} left no whole test report: ${error.message}`);
      failed++;
    }
  }
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
