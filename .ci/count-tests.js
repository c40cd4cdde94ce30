// Adds up the packages' test reports, cached ones included, and closes with one line: "N passed, N failed".
import { existsSync, readdirSync, readFileSync } from 'node:fs';

let [passed, failed] = [0, 0];
for (const group of ['packages', 'apps']) {
  for (const name of readdirSync(group)) {
    const path = `${group}/${name}/test-report.json`;
    if (!existsSync(path)) {
      console.log(`${group}/${name} left no test report`);
      failed++;
      continue;
    }
    const report = JSON.parse(readFileSync(path, 'utf8'));
    passed += report.numPassedTests;
    failed += report.numFailedTests + report.numFailedTestSuites * (report.numFailedTests === 0 ? 1 : 0);
  }
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
