import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { WorkerEntry } from '../../processes/entry.js'
import { PIPE } from '../../processes/pipe.js'
import { exitCauseOf, startProcess } from '../../processes/start.js'
import type { DatabaseAddress, DatabaseEngine } from '../address.js'
import type { Cancellation } from '../cancellation.js'
import { MOST_ANSWER_BYTES } from '../results/size-limit.js'
import { cpuTimeOf } from './cpu-time.js'
import { EndedCalls } from './ended-calls.js'
import { driverProcessEnded, type ExitCause } from './failures.js'
import { LineWriter, readLines } from './lines.js'
import { type Order, type PlainError, type Report, type Task, thrownError } from './protocol.js'
import type { Watchdog } from './watchdog.js'

/** The most heap of one process. Megabytes. */
const HEAP = 512

/** How long a process that is closing may take to close its connections. Milliseconds. */
const CLOSE_TIME = 2_000

export type TaskOf = Task extends infer T ? (T extends Task ? Omit<T, 'id'> : never) : never

/** What a process is started with, and what it may ask the service for. */
export interface ProcessOptions {
  entry: WorkerEntry
  watchdog: Watchdog
  /** All it has of the environment of this process. */
  environment: Readonly<Record<string, string>>
  address: DatabaseAddress
  readOnly: boolean
  localFiles: boolean
  resolveHost(host: string): Promise<string>
  /** Waits until a large answer may be put together. @returns lets go of that room */
  room(cancellation: Cancellation): Promise<() => void>
  /** Waits until another process may start. @returns to be called when it did */
  start(cancellation: Cancellation): Promise<() => void>
}

interface Call {
  readonly cancellation: Cancellation
  /** True once the service has answered it, and waits for the process to stop it. */
  ended: boolean
  resolve(value: unknown): void
  reject(error: unknown): void
  letGo: (() => void) | undefined
}

/** A process of its own that talks to one server, with the calls it runs. */
export class ConfinedProcess {
  /** Resolves when it has ended. */
  readonly gone: Promise<void>
  readonly #options: ProcessOptions
  readonly #started: () => void
  readonly #child: ChildProcess
  readonly #pipe: Duplex
  readonly #lines: LineWriter
  readonly #send = (order: Order): void => this.#lines.write(JSON.stringify(order))
  readonly #calls = new Map<number, Call>()
  readonly #refusals = new Map<number, unknown>()
  #lastId = 0
  readonly #endedCalls = new EndedCalls()
  #alive = false
  #begun = false
  #heard = false
  #fate: ExitCause | undefined
  #usable = true

  /** @param started called once it runs, or never will */
  constructor(options: ProcessOptions, started: () => void) {
    this.#started = started
    this.#options = options
    this.#child = startProcess(options.entry, { heap: HEAP, environment: options.environment })
    this.#pipe = this.#child.stdio[PIPE] as Duplex
    this.#lines = new LineWriter(this.#pipe)
    this.#pipe.on('error', () => undefined)
    // An answer may take the most there is, and its frame some bytes more.
    readLines(
      this.#pipe,
      (line) => this.#hear(line),
      MOST_ANSWER_BYTES + 64 * 1024 * 1024,
      () => this.#kill('memory'),
    )
    const unwatch = options.watchdog.watch({
      calls: { [Symbol.iterator]: () => this.#calls.values() },
      heard: () => {
        const heard = this.#heard || !this.#alive
        this.#heard = false
        return heard
      },
      ask: () => this.#send({ kind: 'ping' }),
      cpuTime: () => cpuTimeOf(this.#child.pid),
      stuck: () => this.#kill('stuck'),
    })
    this.gone = new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null) => {
        unwatch()
        this.#ended(code, signal)
        resolve()
      }
      this.#child.once('error', () => ended(null, null))
      this.#child.once('close', ended)
    })
    this.#keepAlive(false)
    const { engine, driver, host, port, username, password, database, parameters } = options.address
    const place = { engine, driver, host, port, username, password, database, parameters: [...parameters] }
    this.#send({ kind: 'open', address: place, readOnly: options.readOnly, localFiles: options.localFiles })
  }

  /** False once it has ended, or was asked to. */
  get usable(): boolean {
    return this.#usable
  }

  /** True while it was asked to end a call and has not confirmed that. */
  get mayBeStuck(): boolean {
    return this.#endedCalls.isAnyOpen && this.#alive
  }

  /** Resolves when all ended calls are confirmed, or the process is gone. */
  unstuck(): Promise<void> {
    return this.mayBeStuck ? this.#endedCalls.confirmed() : Promise.resolve()
  }

  /** @throws what the call fails with, or `cancellation` ended with */
  run(task: TaskOf, cancellation: Cancellation): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      const call: Call = { cancellation, ended: false, resolve, reject, letGo: undefined }
      if (this.#calls.size === 0) this.#keepAlive(true)
      this.#calls.set(id, call)
      this.#send({ ...task, id })
      cancellation.listen((error) => {
        if (this.#calls.get(id) === call) this.#end(id, call, error)
      })
    })
  }

  /** Lets go of the connections. Calls that still run must have been ended. */
  close(): void {
    if (!this.#usable) return
    this.#usable = false
    this.#send({ kind: 'close' })
    const late = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_TIME)
    late.unref()
    void this.gone.then(() => clearTimeout(late))
  }

  #hear(line: string): void {
    this.#heard = true
    if (!this.#alive) this.#started()
    this.#alive = true
    const told = JSON.parse(line) as Report
    switch (told.kind) {
      case 'done':
        this.#answer(told.id)?.resolve(told.value)
        return
      case 'failed':
        this.#answer(told.id)?.reject(this.#errorOf(told.error))
        return
      case 'begun':
        this.#begun = true
        return
      case 'host':
        this.#resolveHost(told.host, told.name)
        return
      case 'room':
        this.#giveRoom(told.id)
    }
  }

  /** Answers a call; the process still has to stop it. */
  #end(id: number, call: Call, error: unknown): void {
    call.ended = true
    this.#endedCalls.add()
    call.reject(error)
    this.#send({ kind: 'end', id })
  }

  #answer(id: number): Call | undefined {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    if (call?.ended) this.#endedCalls.confirm()
    call?.letGo?.()
    if (this.#calls.size === 0) this.#keepAlive(false)
    return call
  }

  #errorOf(error: PlainError): unknown {
    const { host, code, message } = error
    // The error a host was refused with stays as it was thrown.
    if (host !== undefined && this.#refusals.has(host)) return this.#refusals.get(host)
    if (code !== undefined) return thrownError({ ...error, code })
    return driverProcessEnded('crashed', this.#engine, this.#begun, new Error(message))
  }

  get #engine(): DatabaseEngine {
    return this.#options.address.engine
  }

  #resolveHost(host: number, name: string): void {
    this.#options.resolveHost(name).then(
      (address) => this.#send({ kind: 'address', host, address }),
      (error: unknown) => {
        this.#refusals.set(host, error)
        this.#send({ kind: 'address', host })
      },
    )
  }

  #giveRoom(id: number): void {
    const call = this.#calls.get(id)
    if (!call || call.ended) return
    this.#options.room(call.cancellation).then(
      (letGo) => {
        if (this.#calls.get(id) !== call) return letGo()
        call.letGo = letGo
        this.#send({ kind: 'room', id })
      },
      (error: unknown) => {
        if (!call.ended && this.#calls.get(id) === call) this.#end(id, call, error)
      },
    )
  }

  #kill(fate: ExitCause): void {
    this.#fate ??= fate
    this.#usable = false
    this.#child.kill('SIGKILL')
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#usable = false
    this.#started()
    const fate = this.#fate ?? exitCauseOf(code, signal, this.#alive)
    const error = () => driverProcessEnded(fate, this.#engine, this.#begun)
    for (const id of [...this.#calls.keys()]) this.#answer(id)?.reject(error())
  }

  /** A call keeps this process alive, an idle connection does not. */
  #keepAlive(wanted: boolean): void {
    const pipe = this.#pipe as Duplex & { ref(): void; unref(): void }
    if (wanted) pipe.ref()
    else pipe.unref()
  }
}
