import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    // no file changes what others see: loading anew for each would cost more than most tests
    isolate: false,
    reporters: ['default', ['json', { outputFile: 'test-report.json' }]],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
