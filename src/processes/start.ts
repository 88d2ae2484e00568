import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { WorkerEntry } from './entry.js'
import { OVER_MEMORY } from './watch.js'

const SETPRIV = '/usr/bin/setpriv'
let setpriv: boolean | undefined

/** Processes that run. The service may end while one of them is stuck; the others end by themselves. */
const running = new Set<ChildProcess>()
let ending = false

export interface ProcessLimits {
  /** The most heap it may have. Megabytes. */
  heap: number
  /** All it has of the environment of this process. */
  environment?: Readonly<Record<string, string>>
  /** True if it reads from its standard input. */
  readsInput?: boolean
}

/**
 * Starts a process that ends with this one, with one pipe to it (`PIPE`) and nothing else it could write to.
 * @param args what its worker gets as arguments, which every user of the machine can see
 */
export function startProcess(entry: WorkerEntry, limits: ProcessLimits, args: readonly string[] = []): ChildProcess {
  const trust = process.execArgv.filter((option) => /^--use-(?:system|openssl|bundled)-ca$/.test(option))
  const options = [`--max-old-space-size=${limits.heap}`, ...trust, ...entry.execArgv]
  const [file = '', ...rest] = [...diesWithUs(), process.execPath, ...options, entry.file, ...args]
  const child = spawn(file, rest, {
    env: { ...limits.environment },
    // What libraries print is others' text.
    stdio: [limits.readsInput ? 'pipe' : 'ignore', 'ignore', 'ignore', 'pipe'],
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
 * A process that loops would not notice that this one was killed, and loop for ever. Where util-linux is
 * installed, the kernel ends it then.
 * @see https://man7.org/linux/man-pages/man1/setpriv.1.html
 */
function diesWithUs(): string[] {
  setpriv ??= process.platform === 'linux' && existsSync(SETPRIV)
  return setpriv ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : []
}

/**
 * How a process came to its end. V8 aborts a process whose heap is full, and a kernel without memory kills the largest one.
 * @returns that it needed more memory than it may have, that something was thrown where nothing catches it, or that it
 *   never ran
 */
export function exitCauseOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  wasAlive: boolean,
): 'memory' | 'crashed' | 'unstarted' {
  if (signal === OVER_MEMORY || signal === 'SIGABRT' || signal === 'SIGKILL' || code === 134) return 'memory'
  return wasAlive ? 'crashed' : 'unstarted'
}
