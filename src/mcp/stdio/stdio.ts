import { Console } from 'node:console'
import process from 'node:process'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { once } from '../../base/once.js'
import type { McpDeps } from '../deps.js'
import { createMcpServerFactory } from '../server.js'
import { Batches } from './batches.js'
import { Inbox } from './inbox.js'
import { JoinedOutput } from './joined-output.js'
import { MessageLines } from './message-lines.js'

export interface StdioStreams {
  stdin?: Readable
  stdout?: Writable
}

export interface StdioServer {
  /** Resolves when the connection has ended: stdin ended, stdout broke, a signal arrived, or `close` was called. */
  closed: Promise<void>
  /** Ends the connection, after the calls in flight were answered or a second has passed. */
  close(): Promise<void>
}

/** How long calls in flight may take after the connection was asked to end. Milliseconds. */
const DRAIN_MS = 1_000
/**
 * Serves MCP over stdio, both protocol eras. Only protocol goes to stdout. SIGTERM and SIGINT end the connection
 * as the end of stdin does; the process itself is not ended, so that the caller can clean up.
 * @param streams the process's own by default; signals are handled only for those
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
 */
export function serveOverStdio(deps: McpDeps, streams: StdioStreams = {}): StdioServer {
  const { stdin = process.stdin, stdout = process.stdout } = streams
  if (stdout === process.stdout) keepConsoleOffStdout()
  const open = new OpenRequests()
  const output = new JoinedOutput(stdout)
  const write = (line: string) => void (output.writable && output.write(line))
  const batches = new Batches(write)
  // Carries only the end: the SDK would drop messages that it does not understand, and parse everything once more.
  const ending = new PassThrough()
  const transport = new StdioServerTransport(ending, output)
  serveStdio(createMcpServerFactory(deps), {
    transport,
    onerror: (error) => deps.log?.('warn', { event: 'mcp_transport', err: error }),
  })
  const ended = watch({ transport, output, open, batches })
  const inbox = new Inbox({
    deliver: (message) => transport.onmessage?.(message),
    write,
    note: (message) => deps.log?.('warn', { event: 'mcp_message_refused', message }),
    batches,
  })
  const input = readInput(stdin, inbox, () => open.drained(DRAIN_MS).then(() => ending.end()))
  const closed = ended.then(async () => {
    forgetSignals()
    input.stop()
    await withinTime(output.finish(), DRAIN_MS)
  })
  const close = async () => {
    input.end()
    await closed
  }
  const forgetSignals = stdin === process.stdin ? onSignals(close) : () => {}
  return { closed, close }
}

/**
 * Reads the lines of a stream until it ends, breaks or is stopped.
 * @param onEnd called once, when everything before the end was read
 */
function readInput(stdin: Readable, inbox: Inbox, onEnd: () => void) {
  const lines = new MessageLines()
  const read = (chunk: Buffer | string) => {
    for (const line of lines.take(Buffer.from(chunk))) inbox.receive(line)
  }
  const stop = () => {
    stdin.off('data', read)
    stdin.pause()
  }
  const end = once(() => {
    stop()
    inbox.receive(lines.end())
    onEnd()
  })
  stdin.on('data', read)
  // A stream that is destroyed ends without an event.
  for (const event of ['end', 'error', 'close']) stdin.once(event, end)
  return { end, stop }
}

/** The requests that have arrived and have no answer yet. */
class OpenRequests {
  readonly #ids = new Set<RequestId>()
  #whenEmpty: (() => void) | undefined

  /** @returns the id of the request that the message cancels, if it does */
  received(message: JSONRPCMessage): RequestId | undefined {
    if (!('method' in message)) return undefined
    // A subscription has no answer until the connection ends.
    if ('id' in message && message.method !== 'subscriptions/listen') this.#ids.add(message.id)
    if (message.method !== 'notifications/cancelled') return undefined
    const cancelled = message.params?.requestId as RequestId | undefined
    if (cancelled !== undefined) this.#settle(cancelled)
    return cancelled
  }

  sent(message: JSONRPCMessage): void {
    if (!('method' in message) && message.id !== undefined) this.#settle(message.id)
  }

  /** Resolves when all are answered, or after that many milliseconds. */
  async drained(ms: number): Promise<void> {
    // Everything before the end of the input must have been read by then.
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#ids.size === 0) return
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve
    })
    await withinTime(empty, ms)
  }

  #settle(id: RequestId): void {
    this.#ids.delete(id)
    if (this.#ids.size === 0) this.#whenEmpty?.()
  }
}

/** Waits for something, but no longer than that many milliseconds. */
async function withinTime(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

interface Connection {
  transport: StdioServerTransport
  output: JoinedOutput
  open: OpenRequests
  batches: Batches
}

/** Counts requests and answers. @returns a promise of the end of the connection */
function watch({ transport, output, open, batches }: Connection): Promise<void> {
  const { onmessage, onclose } = transport
  const send = transport.send.bind(transport)
  transport.onmessage = (message) => {
    const cancelled = open.received(message)
    if (cancelled !== undefined) batches.settle(cancelled)
    onmessage?.(message)
  }
  transport.send = async (message) => {
    if (!batches.keep(message)) {
      const sent = send(message)
      // A client that reads a report of progress together with the answer of its call may drop the report.
      if ('method' in message) output.flush()
      await sent
    }
    open.sent(message)
  }
  return new Promise((resolve) => {
    transport.onclose = () => {
      batches.end()
      onclose?.()
      resolve()
    }
  })
}

/** A stray `console.log` of some library would break the protocol. */
function keepConsoleOffStdout(): void {
  globalThis.console = new Console(process.stderr, process.stderr)
}

function onSignals(close: () => Promise<void>): () => void {
  const listener = () => void close()
  process.once('SIGTERM', listener)
  process.once('SIGINT', listener)
  return () => {
    process.off('SIGTERM', listener)
    process.off('SIGINT', listener)
  }
}
