import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { mysqlAbilities } from '../../src/database/mysql-abilities.js'
import { closePorts, newPort, openSession } from './harness.js'

/** Whoever links a database chooses the server, so a server may be anybody's, and out to harm. */
const servers: Server[] = []
const sockets = new Set<Socket>()
afterAll(async () => {
  await closePorts()
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

let keys = 0
const open = (url: string) => openSession(newPort(), `lied to ${++keys}`, { url, read_only: true })

/** A message of PostgreSQL's. @see https://www.postgresql.org/docs/current/protocol-message-formats.html */
function message(type: string, content: Buffer | string): Buffer {
  const body = Buffer.from(content)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
const ready = (status: string) => message('Z', status)
const refused = message('E', 'SERROR\0VERROR\0C42601\0Mno\0\0')

/** Lets everybody in, then answers as it is told. `tell` gets what the driver sent. */
const lyingPostgres = (tell: (socket: Socket, sent: Buffer) => void): Promise<number> =>
  listening(
    createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      let known = false
      socket.on('data', (sent) => {
        if (!known && sent.length === 8) return socket.write('N')
        if (known) return tell(socket, sent)
        known = true
        return socket.write(Buffer.concat([message('R', Buffer.alloc(4)), ready('I')]))
      })
    }),
  )

interface LyingMysql {
  port: number
  /** Resolves when the client has let go of its first connection. */
  gone: Promise<void>
}

/** A packet of MySQL's. @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html */
function packet(number: number, content: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUIntLE(content.length, 0, 3)
  head[3] = number
  return Buffer.concat([head, content])
}
const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0])
const ERROR = Buffer.from('\xff\x28\x04#42000no', 'latin1')
const GREETING = Buffer.concat([
  Buffer.from('\x0a8.4.0\0\x01\0\0\0abcdefgh\0', 'latin1'),
  Buffer.from([0x09, 0xa2, 45, 2, 0, 0x08, 0, 21]),
  Buffer.from(`${'\0'.repeat(10)}abcdefghijkl\0mysql_native_password\0`),
])

/** Lets everybody in, and answers each statement as it is told; undefined: never. */
async function lyingMysql(answer: (sql: string) => Buffer | undefined): Promise<LyingMysql> {
  let letGo = () => {}
  const gone = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const port = await listening(
    createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy()).on('close', letGo)
      socket.write(packet(0, GREETING))
      socket.once('data', () => {
        socket.write(packet(2, OK))
        socket.on('data', (sent) => {
          const told = answer(sent.toString('utf8', 5))
          if (told) socket.write(packet(1, told))
        })
      })
    }),
  )
  return { port, gone }
}

describe('PostgreSQL', () => {
  test('that refuses a statement and never undoes it keeps nobody waiting', { timeout: 5_000 }, async () => {
    const port = await lyingPostgres((socket, sent) => {
      if (sent.includes('read only')) socket.write(Buffer.concat([refused, ready('E')]))
    })
    const error = await open(`postgresql://u:p@127.0.0.1:${port}/d`)
      .query('select 1', {}, { timeoutMs: 500 })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })

  test('that sends without end is stopped before it fills the memory', { timeout: 20_000 }, async () => {
    let sent = 0
    const port = await lyingPostgres((socket) => {
      const head = Buffer.from([0x44, 0x7f, 0xff, 0xff, 0xff])
      socket.write(head)
      const block = Buffer.alloc(1024 * 1024)
      const more = () => {
        while (!socket.destroyed && sent < 400) {
          sent += 1
          if (!socket.write(block)) return
        }
      }
      socket.on('drain', more)
      more()
    })
    const error = await open(`postgresql://u:p@127.0.0.1:${port}/d`)
      .query('select 1', {}, { timeoutMs: 10_000 })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'TOO_LARGE' })
    expect(sent).toBeLessThan(400)
  })
})

describe('MySQL', () => {
  test('that refuses a statement and never undoes it keeps nobody waiting', { timeout: 5_000 }, async () => {
    const asked: string[] = []
    const { port } = await lyingMysql((sql) => {
      asked.push(sql)
      return sql === 'select 1' ? ERROR : sql === 'rollback' ? undefined : OK
    })
    const error = await open(`mysql://u:p@127.0.0.1:${port}/d`)
      .query('select 1', {}, { timeoutMs: 500 })
      .catch((thrown: unknown) => thrown)
    expect(asked).toContain('rollback')
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })

  test('that falls silent while it is connected to is let go of', { timeout: 20_000 }, async () => {
    const { port, gone } = await lyingMysql(() => undefined)
    const error = await open(`mysql://u:p@127.0.0.1:${port}/d`)
      .query('select 1', {}, { timeoutMs: 500 })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    await gone
  })

  test.each(['(', '`', "'", '"', '``', 'a, ', 'a(', ' ON ', ','])(
    'whose grant is a million of %j is read at once, or not at all',
    { timeout: 5_000 },
    (part) => {
      const started = performance.now()
      mysqlAbilities([{ grant: `GRANT ${part.repeat(1_000_000)} ON *.* TO x` }], 0)
      mysqlAbilities([{ grant: `GRANT ${part.repeat(1_000_000)}` }], 0)
      expect(performance.now() - started).toBeLessThan(2_000)
    },
  )
})
