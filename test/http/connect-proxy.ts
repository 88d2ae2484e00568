import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** What a proxy was asked. */
export interface Asked {
  /** `host:port` */
  target: string
  authorization: string | undefined
}

const open: { server: Server; sockets: Set<Socket> }[] = []

/**
 * A real CONNECT proxy on loopback for one test.
 * @param answer what it answers each request with: 200 opens the tunnel, `undefined` says nothing at all
 * @param leadsTo port on loopback that stands for every name behind the proxy; the asked-for port by default
 */
export async function connectProxy(
  answer: (asked: Asked) => number | undefined = () => 200,
  leadsTo?: number,
): Promise<{ port: number; address: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  const server = createServer((_, response) => response.writeHead(400).end())
  server.on('connection', (socket) => sockets.add(socket))
  server.on('connect', ({ url = '', headers }, socket: Socket) => {
    const request = { target: url, authorization: headers['proxy-authorization'] }
    asked.push(request)
    socket.on('error', () => undefined)
    const status = answer(request)
    if (status === undefined) return
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)
    const onward = connect(leadsTo ?? Number(url.split(':').at(-1)), '127.0.0.1')
    sockets.add(onward)
    onward.on('error', () => socket.destroy())
    onward.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
  })
  open.push({ server, sockets })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, address: `http://127.0.0.1:${port}`, asked }
}

/** Ends all proxies and their connections; for `afterEach`. */
export async function closeProxies(): Promise<void> {
  await Promise.all(
    open.splice(0).map(async ({ server, sockets }) => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }),
  )
}
