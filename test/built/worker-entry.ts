import { join, resolve } from 'node:path'

/** Stands for `confined/entry.ts` in tests: the built worker, since the TypeScript one takes half a second to start. */
export const workerEntry = () => ({
  file: join(resolve(import.meta.dirname, '../../dist'), 'database-worker.js'),
  execArgv: [],
})
