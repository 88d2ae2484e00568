import { Worker } from 'node:worker_threads'

/** The signal by which a process ends itself when its work takes more memory than it may. */
export const OVER_MEMORY = 'SIGUSR2'

/** How often memory is looked at while it works, and the parent all the time. Milliseconds. */
const RUNNING = 20
const IDLE = 1_000

/**
 * What only another thread can do while the main one is busy: end the process when its parent is gone without a word, or
 * when its work takes more memory than it may. V8's own limit counts neither buffers nor what native code takes.
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
  /** Work begins; what it takes counts from what the process has now. */
  begin(): void
  /** It is done. */
  end(): void
}

/**
 * Starts watching this process.
 * @param most memory that its work may take. Bytes
 */
export function watchProcess(most: number): ProcessWatch {
  // How much is worked on, and kilobytes of memory before the last of it.
  const state = new Int32Array(new SharedArrayBuffer(8))
  const workerData = { parent: process.ppid, state, most, signal: OVER_MEMORY }
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
