import { type ChildProcess, fork } from 'node:child_process'
import { ConnectorsError } from '../../base/errors.js'
import { workerEntry } from '../../processes/entry.js'
import { OVER_MEMORY } from '../../processes/watch.js'
import type { Cancellation } from '../cancellation.js'
import { CONNECT_TIME } from '../engine.js'
import { type Connection, ConnectionPool } from '../pools/connection-pool.js'
import { Shares } from '../pools/shares.js'
import type { DatabaseOwner } from '../port.js'
import { memoryExceeded, sqliteProcessEnded } from './errors.js'
import { READY, type SqliteAnswer, type SqliteRequest } from './protocol.js'

/** How long an ended process is waited for. Milliseconds. */
const GONE_TIME = 1_000

/** The most processes of one service, whatever the number of accounts. */
const PROCESSES = 8

/** The processes as one account uses them. */
export interface SqliteProcesses {
  /** Counts an account in, until the returned function is called. */
  hold(): () => void
  /** @throws what `cancellation` ended with, and UPSTREAM_ERROR where the process ended or did not start */
  run(request: SqliteRequest, cancellation: Cancellation): Promise<SqliteAnswer>
}

/**
 * The processes that run SQLite, for all accounts since each takes one statement at a time and any file; shared out to
 * their owners. They are started when needed and end when no account is open any more.
 */
export class SharedSqliteProcesses {
  readonly #shares = new Shares(PROCESSES, 'one of the processes that read SQLite files')
  #pool: ConnectionPool<SqliteProcess> | undefined
  #accounts = 0

  /** @param owner whose share of the processes an account uses */
  of(owner: DatabaseOwner): SqliteProcesses {
    return { hold: () => this.#hold(), run: (request, cancellation) => this.#run(owner, request, cancellation) }
  }

  #hold(): () => void {
    this.#accounts += 1
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#accounts -= 1
      if (this.#accounts > 0) return
      this.#pool?.close()
      this.#pool = undefined
    }
  }

  async #run(owner: DatabaseOwner, request: SqliteRequest, cancellation: Cancellation): Promise<SqliteAnswer> {
    await this.#shares.take(owner, cancellation)
    try {
      this.#pool ??= new ConnectionPool(startProcess, PROCESSES)
      return await this.#pool.use(cancellation, async (process) => {
        try {
          return await cancellation.guard(process.run(request), () => process.close())
        } catch (error) {
          // Its locks end with it, so that they are gone once the caller is answered.
          await process.gone()
          throw error
        }
      })
    } finally {
      this.#shares.release(owner)
    }
  }
}

class SqliteProcess implements Connection {
  usable = true
  readonly #child: ChildProcess
  #settle: { resolve: (answer: SqliteAnswer) => void; reject: (error: Error) => void } | undefined

  constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (answer) => {
      this.#rest()
      this.#settle?.resolve(answer as SqliteAnswer)
    })
    child.on('error', () => this.#ended())
    child.on('exit', (_, signal) => this.#ended(signal))
    this.#rest()
  }

  /** Idle, it must not keep this process from ending. */
  #rest(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }

  run(request: SqliteRequest): Promise<SqliteAnswer> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      // Its end must be heard of, too.
      this.#child.ref()
      this.#child.channel?.ref()
      this.#child.send(request, (error) => {
        if (error) this.#ended()
      })
    })
  }

  close(): void {
    this.usable = false
    this.#child.kill('SIGKILL')
  }

  /** Resolves when an ended process is there no more; the system may take its time with one that waits for a disk. */
  gone(): Promise<void> {
    const child = this.#child
    if (this.usable || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => {
      const late = setTimeout(resolve, GONE_TIME)
      child.once('exit', () => {
        clearTimeout(late)
        resolve()
      })
    })
  }

  #ended(signal?: NodeJS.Signals | null): void {
    this.usable = false
    this.#settle?.reject(signal === OVER_MEMORY ? memoryExceeded() : sqliteProcessEnded())
  }
}

/** Starts a process and waits until it takes statements. @throws UPSTREAM_ERROR when it does not come up */
function startProcess(): Promise<SqliteProcess> {
  const { file, execArgv } = workerEntry('sqlite-worker', new URL('./worker.ts', import.meta.url))
  // Nothing of this process's environment is SQLite's business, and nothing of SQLite's may reach our stdout.
  const child = fork(file, [], {
    execArgv: [...execArgv, '--expose-gc'],
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'json',
  })
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown) => {
      clearTimeout(late)
      child.kill('SIGKILL')
      reject(
        new ConnectorsError('UPSTREAM_ERROR', 'The process that reads SQLite files did not start; try again.', {
          cause,
        }),
      )
    }
    const late = setTimeout(fail, CONNECT_TIME)
    child.once('error', fail)
    child.once('exit', fail)
    child.once('message', (message) => {
      if (message !== READY) return fail()
      clearTimeout(late)
      child.removeListener('error', fail)
      child.removeListener('exit', fail)
      resolve(new SqliteProcess(child))
    })
  })
}
