import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

const ignored = ['**/node_modules/**', '**/.data/**', '**/generated/**']

/**
 * Vite would take graphql's ES modules where Node and every library take its CommonJS, and the two copies refuse each
 * other's schemas.
 */
const resolve = {
  alias: [
    { find: /^graphql$/, replacement: createRequire(`${import.meta.dirname}/gateway/main.ts`).resolve('graphql') },
  ],
}

/** Two stages: the tests beside the code, side by side; then the platform as a whole, a platform for each behaviour. */
export default defineConfig({
  test: {
    reporters: ['default', './stack/testing/reporter.ts'],
    maxWorkers: 2,
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...ignored, 'e2e/**'],
          globalSetup: './stack/testing/server.ts',
          setupFiles: './stack/testing/patience.ts',
          // A test takes what it takes; these are for one that hangs, on a machine that is busy besides.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: ignored,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
