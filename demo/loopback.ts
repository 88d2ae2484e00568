import { once } from 'node:events'
import { type AddressInfo, createServer, Server } from 'node:net'

/**
 * Runs something that starts servers which would listen on every interface; here they listen on 127.0.0.1.
 * @returns what closes them, after all of them listen
 */
export async function onLoopback(start: () => Promise<unknown>): Promise<() => Promise<void>> {
  const servers: Server[] = []
  const listen = Server.prototype.listen
  Server.prototype.listen = function (this: Server, port: number) {
    servers.push(this)
    return Reflect.apply(listen, this, [{ port, host: '127.0.0.1' }])
  } as typeof listen
  try {
    await start()
  } finally {
    Server.prototype.listen = listen
  }
  await Promise.all(servers.map((server) => server.listening || once(server, 'listening')))
  return async () => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
