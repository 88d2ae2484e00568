import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { WorkerEntry } from './entry.js'
import type { ExitCause } from './failures.js'

/** The most heap of one process. Megabytes. */
const HEAP = 512

const SETPRIV = '/usr/bin/setpriv'
let setpriv: boolean | undefined

/** Processes that run. The service may end while one of them is stuck; the others end by themselves. */
const running = new Set<ChildProcess>()
let ending = false

/**
 * Starts the process of a driver, with one pipe to this one and nothing else it could write to.
 * @param environment all it has of the environment of this process
 */
export function startProcess(entry: WorkerEntry, environment: Readonly<Record<string, string>>): ChildProcess {
  const trust = process.execArgv.filter((option) => /^--use-(?:system|openssl|bundled)-ca$/.test(option))
  const options = [`--max-old-space-size=${HEAP}`, ...trust, ...entry.execArgv]
  const [file = '', ...args] = [...diesWithUs(), process.execPath, ...options, entry.file]
  const child = spawn(file, args, {
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

/**
 * A process whose driver loops would not notice that this one was killed, and loop for ever. Where util-linux is
 * installed, the kernel ends it then.
 * @see https://man7.org/linux/man-pages/man1/setpriv.1.html
 */
function diesWithUs(): string[] {
  setpriv ??= process.platform === 'linux' && existsSync(SETPRIV)
  return setpriv ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : []
}

/** How a process came to its end. V8 aborts a process whose heap is full, and a kernel without memory kills the largest one. */
export function exitCauseOf(code: number | null, signal: NodeJS.Signals | null, wasAlive: boolean): ExitCause {
  if (signal === 'SIGABRT' || signal === 'SIGKILL' || code === 134) return 'memory'
  return wasAlive ? 'crashed' : 'unstarted'
}
