import { type ChildProcess, spawn } from 'node:child_process'
import type { Entry } from './entry.js'
import type { Fate } from './failures.js'

/** The most heap of one process. Megabytes. */
const HEAP = 512

/** Processes that run. The service may end while one of them is stuck; the others end by themselves. */
const running = new Set<ChildProcess>()
let ending = false

/**
 * Starts the process of a driver, with one pipe to this one and nothing else it could write to.
 * @param environment all it has of the environment of this process
 */
export function startProcess(entry: Entry, environment: Readonly<Record<string, string>>): ChildProcess {
  const trust = process.execArgv.filter((option) => /^--use-(?:system|openssl|bundled)-ca$/.test(option))
  const args = [`--max-old-space-size=${HEAP}`, ...trust, ...entry.execArgv, entry.file]
  const child = spawn(process.execPath, args, {
    env: { ...environment },
    // What drivers print is a server's text.
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    windowsHide: true,
  })
  child.unref()
  running.add(child)
  child.once('exit', () => running.delete(child))
  if (!ending) {
    ending = true
    process.once('exit', () => {
      for (const each of running) each.kill('SIGKILL')
    })
  }
  return child
}

/** How a process came to its end. V8 aborts a process whose heap is full, and a kernel without memory kills the largest one. */
export function fateOf(code: number | null, signal: NodeJS.Signals | null, wasAlive: boolean): Fate {
  if (signal === 'SIGABRT' || signal === 'SIGKILL' || code === 134) return 'memory'
  return wasAlive ? 'crashed' : 'unstarted'
}
