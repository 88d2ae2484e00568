import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** What Node is started with for a process of its own. */
export interface WorkerEntry {
  file: string
  execArgv: readonly string[]
}

/**
 * Where the worker of a process is. The built package has it as a file of its own beside this one; run from source it is
 * TypeScript.
 * @param name of the built file, without its ending
 * @param source the same as TypeScript
 */
export function workerEntry(name: string, source: URL): WorkerEntry {
  if (!import.meta.url.endsWith('.ts')) {
    return { file: fileURLToPath(new URL(`./${name}.js`, import.meta.url)), execArgv: [] }
  }
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return { file: fileURLToPath(source), execArgv: ['--import', loader] }
}
