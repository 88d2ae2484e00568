import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** What Node is started with for a process that talks to a server. */
export interface WorkerEntry {
  file: string
  execArgv: readonly string[]
}

/** The built package has the worker as a file of its own beside this one; run from source it is TypeScript. */
export function workerEntry(): WorkerEntry {
  if (!import.meta.url.endsWith('.ts')) {
    return { file: fileURLToPath(new URL('./database-worker.js', import.meta.url)), execArgv: [] }
  }
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return { file: fileURLToPath(new URL('./worker.ts', import.meta.url)), execArgv: ['--import', loader] }
}
