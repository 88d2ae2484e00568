import { readFileSync } from 'node:fs'

/** Milliseconds in one of the ticks that Linux counts in, the same on all its platforms that Node supports. */
const TICK = 10

/**
 * How long a process ran on a processor so far.
 * @returns milliseconds; undefined where there is no such process, and on systems without /proc
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function cpuTimeOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is a name in brackets, which may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [user, system] = [fields[11], fields[12]].map(Number)
    return ((user ?? 0) + (system ?? 0)) * TICK
  } catch {
    return undefined
  }
}
