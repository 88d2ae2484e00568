import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { ConnectorsError } from '../base/errors.js'

export interface Listener {
  /** Without a slash at its end. */
  url: string
  server: Server
  close(): Promise<void>
}

const HOST = '127.0.0.1'

/**
 * Listens on the loopback address.
 * @param port 0 takes any free one
 * @throws UNAVAILABLE when the port is taken or may not be used
 */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
): Promise<Listener> {
  const server = serve({ fetch, hostname: HOST, port, overrideGlobalObjects: false }) as Server
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
