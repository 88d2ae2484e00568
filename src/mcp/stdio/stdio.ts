import { Console } from 'node:console'
import process from 'node:process'
import { type Readable, Transform, type Writable } from 'node:stream'
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import type { McpDeps } from '../deps.js'
import { MESSAGE_BYTES } from '../limits.js'
import { createMcpServerFactory } from '../server.js'
import { MessageLines, type Refuse } from './message-lines.js'

export interface StdioStreams {
  stdin?: Readable
  stdout?: Writable
}

export interface StdioServer {
  /** Resolves when the connection is over: stdin ended, stdout broke, a signal came, or `close` was called. */
  closed: Promise<void>
  /** Ends the connection, after the calls in flight were answered or a second went by. */
  close(): Promise<void>
}

/** How long calls in flight may take after the connection was asked to end. Milliseconds. */
const DRAIN_MS = 1_000
/** What JSON-RPC calls a message that is not taken. @see https://www.jsonrpc.org/specification#error_object */
const INVALID_REQUEST = -32600

/**
 * Serves MCP over stdio, both protocol eras. Nothing but protocol goes to stdout. SIGTERM and SIGINT end the connection
 * as the end of stdin does; the process itself is not ended, so that the caller can put away what it holds.
 * @param streams the process's own unless given; signals are listened to only for those
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
 */
export function serveOverStdio(deps: McpDeps, streams: StdioStreams = {}): StdioServer {
  const { stdin = process.stdin, stdout = process.stdout } = streams
  if (stdout === process.stdout) keepConsoleOffStdout()
  const open = new OpenRequests()
  const refuse: Refuse = (id, message) => {
    deps.log?.('warn', { event: 'mcp_message_refused', message })
    // Without an id nobody waits for an answer, or nobody could tell which.
    if (id !== undefined) void transport.send({ jsonrpc: '2.0', id, error: { code: INVALID_REQUEST, message } })
  }
  const gate = drainingGate(open, refuse)
  const transport = new StdioServerTransport(gate, stdout, { maxBufferSize: 2 * MESSAGE_BYTES })
  serveStdio(createMcpServerFactory(deps), {
    transport,
    onerror: (error) => deps.log?.('warn', { event: 'mcp_transport', err: error }),
  })
  const closed = watch(transport, open)
  stdin.pipe(gate)
  stdin.once('error', () => gate.end())
  // A stream that is destroyed ends without saying so.
  stdin.once('close', () => gate.end())
  const close = async () => {
    stdin.unpipe(gate)
    gate.end()
    await closed
  }
  const forgetSignals = stdin === process.stdin ? onSignals(close) : () => {}
  return {
    closed: closed.then(() => {
      forgetSignals()
      stdin.unpipe(gate)
      stdin.pause()
    }),
    close,
  }
}

/** The requests that came in and have no answer yet. */
class OpenRequests {
  readonly #ids = new Set<RequestId>()
  #whenEmpty: (() => void) | undefined

  received(message: JSONRPCMessage): void {
    if (!('method' in message)) return
    // A subscription has no answer until the connection ends.
    if ('id' in message && message.method !== 'subscriptions/listen') this.#ids.add(message.id)
    const cancelled = message.method === 'notifications/cancelled' ? message.params?.requestId : undefined
    if (cancelled !== undefined) this.#settle(cancelled as RequestId)
  }

  sent(message: JSONRPCMessage): void {
    if (!('method' in message) && message.id !== undefined) this.#settle(message.id)
  }

  /** Resolves when all are answered, or after so many milliseconds. */
  async drained(ms: number): Promise<void> {
    // What stands before the end of the input must have been read by then.
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#ids.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#whenEmpty = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #settle(id: RequestId): void {
    this.#ids.delete(id)
    if (this.#ids.size === 0) this.#whenEmpty?.()
  }
}

/** Hands whole messages through, and the end of the input only after the calls in flight: the SDK drops them at the end of its input. */
function drainingGate(open: OpenRequests, refuse: Refuse): Transform {
  const lines = new MessageLines(refuse)
  return new Transform({
    transform(chunk, _encoding, done) {
      for (const line of lines.take(Buffer.from(chunk))) this.push(line)
      done()
    },
    flush: (done) => void open.drained(DRAIN_MS).then(() => done()),
  })
}

/** Counts requests and answers. @returns a promise of the end of the connection */
function watch(transport: StdioServerTransport, open: OpenRequests): Promise<void> {
  const { onmessage, onclose } = transport
  const send = transport.send.bind(transport)
  transport.onmessage = (message) => {
    open.received(message)
    onmessage?.(message)
  }
  transport.send = async (message) => {
    await send(message)
    open.sent(message)
  }
  return new Promise((resolve) => {
    transport.onclose = () => {
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
