import { workerEntry } from '../../processes/entry.js'
import { startProcess } from '../../processes/start.js'

/** The most heap of such a process. Megabytes. */
const HEAP = 256

/** What the process says by its exit code. */
export const CHECKED = { intact: 0, damaged: 3 } as const

/** A check that runs in a process of its own. */
export interface CheckApart {
  /** Whether the whole file is intact; undefined when that could not be found out, or the check was stopped. Never rejects. */
  result: Promise<boolean | undefined>
  /** Ends the process. */
  stop(): void
}

/** Checks a whole store as `isIntact` does, while this process goes on. @param file its path */
export function checkApart(file: string): CheckApart {
  const entry = workerEntry('store-check-worker', new URL('./check-worker.ts', import.meta.url))
  const child = startProcess(entry, { heap: HEAP }, [file])
  // It says nothing but its exit code, and must not keep this process alive.
  for (const pipe of child.stdio) pipe?.destroy()
  return {
    result: new Promise((resolve) => {
      child.once('error', () => resolve(undefined))
      child.once('exit', (code) =>
        resolve(code === CHECKED.intact ? true : code === CHECKED.damaged ? false : undefined),
      )
    }),
    stop() {
      // Who stops it waits for its end.
      child.ref()
      child.kill('SIGKILL')
    },
  }
}
