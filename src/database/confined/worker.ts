/**
 * The entry of the process that talks to one linked server. The drivers of PostgreSQL and MySQL take what a server sends
 * as it comes: a few bytes make one loop for ever and another throw where nothing catches it. So they run where the
 * service can end them, and where the memory they take, and their end, are their own.
 */
import { Socket } from 'node:net'
import { ConnectorsError } from '../../base/errors.js'
import { PIPE } from '../../processes/pipe.js'
import type { DatabaseAddress } from '../address.js'
import { type AnswerListener, Cancellation } from '../cancellation.js'
import { CONNECT_TIME, type DatabaseLimits, type DriverEngine } from '../engine.js'
import { openMysql } from '../mysql/engine.js'
import { openPostgres } from '../postgres/engine.js'
import { LineWriter, readLines } from './lines.js'
import { type Assignment, HostRefusal, type Order, plainError, type Report, type Task } from './protocol.js'

const pipe = new Socket({ fd: PIPE })
const lines = new LineWriter(pipe)
const report = (told: Report): void => lines.write(JSON.stringify(told))

/** Throws what the account cannot be opened for. */
let engine: () => DriverEngine = () => {
  throw new Error('no database is open')
}
let begun = false
let closing = false
const calls = new Map<number, RunningCall>()
const hosts = new Map<number, (address: string | undefined) => void>()
let asked = 0

/** Which address a host stands for is the service's to say. */
function resolveHost(name: string): Promise<string> {
  asked += 1
  const host = asked
  report({ kind: 'host', host, name })
  return new Promise((resolve, reject) => {
    hosts.set(host, (address) => {
      hosts.delete(host)
      if (address === undefined) reject(new HostRefusal(host))
      else resolve(address)
    })
  })
}

function open({ address, readOnly, localFiles }: Assignment): DriverEngine {
  const limits: DatabaseLimits = { resolveHost, localFiles, ownFolder: undefined }
  const place: DatabaseAddress = { ...address, parameters: new Map(address.parameters) }
  return (place.engine === 'mysql' ? openMysql : openPostgres)(place, readOnly, limits)
}

/** An account that cannot be opened, for an unknown setting in its URL, fails each of its calls. */
function opened(assignment: Assignment): () => DriverEngine {
  try {
    const made = open(assignment)
    return () => made
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** The service has answered such a call with an error of its own. */
const ended = (): ConnectorsError => new ConnectorsError('UPSTREAM_TIMEOUT', 'The call was ended.')

/** The service hears of the first statement, since before it nothing can have taken effect. */
function noteBegin(): void {
  if (begun) return
  begun = true
  report({ kind: 'begun' })
  // Before the statement leaves: what another server sends in the same turn may end this process.
  lines.flush()
}

/** A call while it runs, as the listener of its answer. */
class RunningCall implements AnswerListener {
  readonly cancellation = new Cancellation(Number.POSITIVE_INFINITY, undefined, this)
  readonly #id: number
  #room: Promise<void> | undefined
  #roomGiven: (() => void) | undefined

  constructor(id: number) {
    this.#id = id
  }

  begun(): void {
    noteBegin()
  }

  room(): Promise<void> {
    this.#room ??= new Promise<void>((resolve) => {
      this.#roomGiven = resolve
      report({ kind: 'room', id: this.#id })
    })
    return this.#room
  }

  giveRoom(): void {
    this.#roomGiven?.()
  }
}

async function play(task: Task): Promise<void> {
  const { id } = task
  const call = new RunningCall(id)
  calls.set(id, call)
  try {
    if (task.kind === 'query') await answerQuery(task, call.cancellation)
    else report({ kind: 'done', id, value: await found(task, call.cancellation) })
  } catch (error) {
    report({ kind: 'failed', id, error: plainError(error) })
  } finally {
    call.cancellation.clear()
    calls.delete(id)
    if (closing) leave()
  }
}

/** @throws what the statement fails with */
async function answerQuery(
  { id, sql, variables, limit }: Task & { kind: 'query' },
  cancellation: Cancellation,
): Promise<void> {
  const { head, rows } = await engine().answer(sql, variables, limit, cancellation)
  if (rows === undefined) lines.write(`{"kind":"done","id":${id},"value":${head}}`)
  else lines.write(`{"kind":"rows","id":${id},"count":${rows.count},"value":${head}}\n${rows.json}`)
}

const found = (task: Task, cancellation: Cancellation): Promise<unknown> =>
  task.kind === 'probe' ? engine().probe(cancellation) : engine().abilities(cancellation)

/** Lets go of the pipe once all is answered. The process ends by itself when the last connection has. */
function leave(): void {
  if (calls.size > 0) return
  lines.end()
  pipe.unref()
  setTimeout(() => process.exit(), CONNECT_TIME).unref()
}

function close(): void {
  if (closing) return
  closing = true
  try {
    void engine().close()
  } catch {
    // It never opened.
  }
  leave()
}

function obey(line: string): void {
  const order = JSON.parse(line) as Order
  switch (order.kind) {
    case 'query':
    case 'probe':
    case 'abilities':
      void play(order)
      return
    case 'open':
      engine = opened(order)
      return
    case 'end':
      calls.get(order.id)?.cancellation.end(ended())
      return
    case 'room':
      calls.get(order.id)?.giveRoom()
      return
    case 'address':
      hosts.get(order.host)?.(order.address)
      return
    case 'ping':
      report({ kind: 'alive' })
      return
    case 'close':
      close()
  }
}

readLines(pipe, obey)
// The service is gone.
pipe.on('close', () => {
  for (const { cancellation } of calls.values()) cancellation.end(ended())
  close()
})
pipe.on('error', () => undefined)
report({ kind: 'alive' })
