/**
 * The entry of the process that talks to one linked server. The drivers of PostgreSQL and MySQL take what a server sends
 * as it comes: a few bytes make one loop for ever and another throw where nothing catches it. So they run where the
 * service can end them, and where the memory they take, and their end, are their own.
 */
import { Socket } from 'node:net'
import { ConnectorsError } from '../../base/errors.js'
import { PIPE } from '../../processes/pipe.js'
import type { DatabaseAddress } from '../address.js'
import { Cancellation } from '../cancellation.js'
import { CONNECT_TIME, type DatabaseLimits, type Engine } from '../engine.js'
import { openMysql } from '../mysql/engine.js'
import { openPostgres } from '../postgres/engine.js'
import { answerText } from '../results/size-limit.js'
import { lineWriter, readLines } from './lines.js'
import { type Assignment, HostRefusal, type Order, plainError, type Report, type Task } from './protocol.js'

const pipe = new Socket({ fd: PIPE })
const write = lineWriter(pipe)
const report = (told: Report): void => write(JSON.stringify(told))

/** Throws what the account cannot be opened for. */
let engine: () => Engine = () => {
  throw new Error('no database is open')
}
let begun = false
let closing = false
const calls = new Map<number, { cancellation: Cancellation; roomGiven: () => void }>()
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

function open({ address, readOnly, localFiles }: Assignment): Engine {
  const limits: DatabaseLimits = { resolveHost, localFiles, ownFolder: undefined }
  const place: DatabaseAddress = { ...address, parameters: new Map(address.parameters) }
  return (place.engine === 'mysql' ? openMysql : openPostgres)(place, readOnly, limits)
}

/** An account that cannot be opened, for an unknown setting in its URL, fails each of its calls. */
function opened(assignment: Assignment): () => Engine {
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
}

async function play(task: Task): Promise<void> {
  const { id } = task
  let roomGiven: () => void = () => undefined
  let room: Promise<void> | undefined
  const ask = (): Promise<void> => {
    room ??= new Promise<void>((resolve) => {
      roomGiven = resolve
      report({ kind: 'room', id })
    })
    return room
  }
  const answer = { begun: noteBegin, room: ask }
  const cancellation = new Cancellation(Number.POSITIVE_INFINITY, undefined, answer)
  calls.set(id, { cancellation, roomGiven: () => roomGiven() })
  try {
    const value = await resultText(task, cancellation)
    write(value === undefined ? `{"kind":"done","id":${id}}` : `{"kind":"done","id":${id},"value":${value}}`)
  } catch (error) {
    report({ kind: 'failed', id, error: plainError(error) })
  } finally {
    cancellation.clear()
    calls.delete(id)
    if (closing) leave()
  }
}

/** The result of a task, as JSON text; undefined if there is none. */
async function resultText(task: Task, cancellation: Cancellation): Promise<string | undefined> {
  if (task.kind === 'probe') return JSON.stringify(await engine().probe(cancellation))
  if (task.kind === 'abilities') return JSON.stringify(await engine().abilities(cancellation))
  const { sql, variables, limit } = task
  const result = await engine().query(sql, variables, limit, cancellation)
  // An answer that waits for room must not outlast the call.
  return new Promise((resolve, reject) => {
    cancellation.listen(reject)
    answerText(result, cancellation.answer as NonNullable<typeof cancellation.answer>).then(resolve, reject)
  })
}

/** Lets go of the pipe once all is answered. The process ends by itself when the last connection has. */
function leave(): void {
  if (calls.size > 0) return
  pipe.end()
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
      calls.get(order.id)?.roomGiven()
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
