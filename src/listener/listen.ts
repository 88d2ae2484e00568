import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Http2Bindings, type HttpBindings, serve } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { ConnectorsError } from '../base/errors.js'

export interface Listener {
  /** Without a slash at its end. */
  url: string
  server: Server
  close(): Promise<void>
}

const HOST = '127.0.0.1'

/** Limits for connections that send little, slowly or nothing. */
const LIMITS = {
  /** Milliseconds until the header fields of a request have arrived. */
  headersTimeout: 15_000,
  /** Milliseconds until a request has arrived completely: a little more than the API waits for the longest body. */
  requestTimeout: 130_000,
  /** How often these limits are checked. Milliseconds. */
  connectionsCheckingInterval: 5_000,
  /** Bytes of header fields; more is answered with 431. */
  maxHeaderSize: 16 * 1024,
} as const

/**
 * Listens on the loopback address.
 * @param port 0 takes any free one
 * @throws UNAVAILABLE when the port is taken or may not be used
 */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
): Promise<Listener> {
  const answer = async (request: Request, { outgoing }: HttpBindings | Http2Bindings): Promise<Response> => {
    const given = await fetch(request)
    if (!isText(given)) return given
    sendText(given, outgoing as ServerResponse)
    return RESPONSE_ALREADY_SENT
  }
  const server = serve({
    fetch: answer,
    hostname: HOST,
    port,
    overrideGlobalObjects: false,
    serverOptions: LIMITS,
  }) as Server
  server.on('checkContinue', (request, response) => {
    continueWhenRead(request, response)
    server.emit('request', request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (error) =>
      reject(
        new ConnectorsError(
          'UNAVAILABLE',
          `The port ${port} on ${HOST} cannot be used; free it or choose another one.`,
          { cause: error },
        ),
      ),
    )
  })
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** An answer that has its whole content as text, which nearly all have; one of the platform has nothing of that name. */
interface TextContent extends Response {
  readonly content: string
}

const isText = (answer: Response): answer is TextContent => 'content' in answer && typeof answer.content === 'string'

/** Sends the text as it is: to make a stream of it and to read that again takes longer than most requests. */
function sendText({ status, headers, content }: TextContent, outgoing: ServerResponse): void {
  const fields: string[] = []
  headers.forEach((value, name) => {
    fields.push(name, value)
  })
  fields.push('content-length', String(Buffer.byteLength(content)))
  outgoing.writeHead(status, fields)
  outgoing.end(content)
}

/**
 * Tells a client that asks before sending its body (`Expect: 100-continue`) to go on only when the body is read: a body
 * that is refused for its credential or size need not be sent.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
 */
function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  // The client may send the body after a refusal all the same, so the connection cannot be used again.
  const { shouldKeepAlive } = response
  response.shouldKeepAlive = false
  const read = request._read.bind(request)
  request._read = (size) => {
    request._read = read
    if (!response.headersSent) {
      response.shouldKeepAlive = shouldKeepAlive
      response.writeContinue()
    }
    read(size)
  }
}
