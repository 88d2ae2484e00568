import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A third party on loopback that answers as it is set to, and remembers what it was asked. */
export interface Vendor {
  origin: string
  requests: Asked[]
  /** What it answers with from now on. */
  reply: Reply
  close(): Promise<void>
}

export interface Asked {
  method: string
  /** Path and query. */
  target: string
  headers: IncomingMessage['headers']
}

export type Reply = (asked: Asked, response: ServerResponse) => void

export async function startVendor(): Promise<Vendor> {
  const server = createServer((request, response) => {
    const asked = { method: request.method ?? '', target: request.url ?? '', headers: request.headers }
    vendor.requests.push(asked)
    request.resume().on('end', () => vendor.reply(asked, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const vendor: Vendor = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    reply: (_asked, response) => void response.writeHead(500).end(),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return vendor
}
