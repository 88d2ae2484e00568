import { join, resolve } from 'node:path'

/** Stands for `processes/entry.ts` in tests: a built worker, since a TypeScript one takes half a second to start. */
export const workerEntry = (name: string) => ({
  file: join(resolve(import.meta.dirname, '../../dist'), `${name}.js`),
  execArgv: [],
})
