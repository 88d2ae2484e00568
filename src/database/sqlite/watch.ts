import { Worker } from 'node:worker_threads'
import { MEMORY, OVER_MEMORY } from './protocol.js'

/** How often memory is looked at while a statement runs, and the parent all the time. Milliseconds. */
const RUNNING = 20
const IDLE = 1_000

/**
 * What only another thread can do while native code runs in the main one: end the process when its parent is gone
 * without a word, or when a statement takes more memory than it may. The driver is built without SQLite's own count of
 * memory, so that SQLite's limits on it do nothing.
 * @see https://www.sqlite.org/c3ref/hard_heap_limit64.html which needs SQLITE_CONFIG_MEMSTATUS
 */
const WATCH = `
const { workerData: { parent, state, most, signal } } = require('node:worker_threads')
const gone = () => { try { process.kill(parent, 0); return process.ppid !== parent } catch { return true } }
let looked = 0
for (;;) {
  const running = Atomics.load(state, 0)
  Atomics.wait(state, 0, running, running ? ${RUNNING} : ${IDLE})
  if (running && process.memoryUsage.rss() > Atomics.load(state, 1) * 1024 + most) process.kill(process.pid, process.platform === 'win32' ? 'SIGKILL' : signal)
  if (Date.now() - looked < ${IDLE}) continue
  looked = Date.now()
  if (gone()) process.kill(process.pid, 'SIGKILL')
}
`

export interface ProcessWatch {
  /** A statement runs from now on; what it takes counts from what the process has now. */
  begin(): void
  /** It is answered. */
  end(): void
}

/** Starts watching. */
export function watchProcess(): ProcessWatch {
  // How many statements run, and kilobytes of memory before the last one.
  const state = new Int32Array(new SharedArrayBuffer(8))
  const workerData = { parent: process.ppid, state, most: MEMORY, signal: OVER_MEMORY }
  new Worker(WATCH, { eval: true, workerData, execArgv: [] }).unref()
  return {
    begin() {
      Atomics.store(state, 1, process.memoryUsage.rss() / 1024)
      Atomics.add(state, 0, 1)
      Atomics.notify(state, 0)
    },
    end() {
      Atomics.sub(state, 0, 1)
      Atomics.notify(state, 0)
    },
  }
}
