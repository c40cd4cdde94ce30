import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // no file changes what others see: loading anew for each would cost more than the tests
    isolate: false,
    reporters: ['default', ['json', { outputFile: 'test-report.json' }]],
    testTimeout: 10_000,
  },
});
