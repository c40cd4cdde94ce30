import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // no file changes what others see: loading anew for each would cost more than most tests
    isolate: false,
    // one for each core, where vitest leaves one free: this package runs on when most others have ended
    maxWorkers: '100%',
    reporters: ['default', ['json', { outputFile: 'test-report.json' }]],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
