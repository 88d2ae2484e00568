import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** A request as it came in, each character of `text` being a byte. */
export interface RawRequest {
  text: string
  /** The first line. */
  line: string
  /** The lines of the header fields, as they were written. */
  fields: string[]
  body: string
  /** On which connection it came, from 1. */
  connection: number
}

const open: { server: Server; sockets: Set<Socket> }[] = []

/**
 * A server on loopback that is not a library: it keeps every byte it gets, and what it answers is written as it is.
 * @param answer each character is a byte; undefined answers nothing. It may also write to the socket itself
 */
export async function serveRaw(
  answer: (request: RawRequest, socket: Socket) => string | undefined,
): Promise<{ origin: string; requests: RawRequest[]; connections: () => number }> {
  const requests: RawRequest[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    const connection = ++connections
    sockets.add(socket)
    let came = ''
    socket.on('error', () => undefined)
    socket.on('data', (piece) => {
      came += piece.toString('latin1')
      for (let request = wholeRequest(came); request; request = wholeRequest(came)) {
        came = came.slice(request.text.length)
        requests.push({ ...request, connection })
        const text = answer({ ...request, connection }, socket)
        if (text !== undefined) socket.write(Buffer.from(text, 'latin1'))
      }
    })
  })
  open.push({ server, sockets })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, requests, connections: () => connections }
}

/** An answer of HTTP/1.1 with its length. @param fields whole lines */
export const answerWith = (body = '', fields: readonly string[] = [], status = 200): string =>
  [`HTTP/1.1 ${status} A phrase`, ...fields, `content-length: ${body.length}`, '', body].join('\r\n')

function wholeRequest(came: string): Omit<RawRequest, 'connection'> | undefined {
  const end = came.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [line = '', ...fields] = came.slice(0, end).split('\r\n')
  const length = Number(fields.map((field) => /^content-length: (\d+)$/i.exec(field)?.[1]).find(Boolean) ?? 0)
  const text = came.slice(0, end + 4 + length)
  return text.length < end + 4 + length ? undefined : { text, line, fields, body: text.slice(end + 4) }
}

/** Ends all these servers and their connections; for `afterEach`. */
export async function closeRawServers(): Promise<void> {
  await Promise.all(
    open.splice(0).map(async ({ server, sockets }) => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }),
  )
}
