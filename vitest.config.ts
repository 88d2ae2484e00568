import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Processes are started from the build, which the global setup makes.
    alias: [
      { find: /^.*\/processes\/entry\.js$/, replacement: resolve(import.meta.dirname, 'test/built/worker-entry.ts') },
    ],
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/closed-network.ts'],
    globalSetup: ['test/built/build.ts', 'test/databases/global-setup.ts', 'test/programs/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // By default one processor is left free, which on two of them makes the suite take twice as long.
    maxWorkers: '100%',
  },
})
