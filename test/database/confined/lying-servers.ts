import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** Servers that are out to harm: whoever links a database chooses the server, so it may be anybody's. */
const servers: Server[] = []
const sockets = new Set<Socket>()

/** For `afterAll`. */
export function closeLyingServers(): void {
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
}

/** @returns the port of a server on loopback that `closeLyingServers` closes */
export async function listening(server: Server): Promise<number> {
  servers.push(server)
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A message of PostgreSQL's. @see https://www.postgresql.org/docs/current/protocol-message-formats.html */
export function message(type: string, content: Buffer | string): Buffer {
  const body = Buffer.from(content)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
export const ready = (status: string) => message('Z', status)
export const refused = message('E', 'SERROR\0VERROR\0C42601\0Mno\0\0')

/** Lets everybody in, then answers as it is told. `tell` gets what the driver sent. */
export const lyingPostgres = (tell: (socket: Socket, sent: Buffer) => void): Promise<number> =>
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

export interface LyingMysql {
  port: number
  /** Resolves when the client has let go of its first connection. */
  gone: Promise<void>
}

/** A packet of MySQL's. @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html */
export function packet(number: number, content: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUIntLE(content.length, 0, 3)
  head[3] = number
  return Buffer.concat([head, content])
}
export const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0])
export const ERROR = Buffer.from('\xff\x28\x04#42000no', 'latin1')
export const GREETING = Buffer.concat([
  Buffer.from('\x0a8.4.0\0\x01\0\0\0abcdefgh\0', 'latin1'),
  Buffer.from([0x09, 0xa2, 45, 2, 0, 0x08, 0, 21]),
  Buffer.from(`${'\0'.repeat(10)}abcdefghijkl\0mysql_native_password\0`),
])

/** The command that prepares a statement. */
const PREPARE = 0x16
/** Error 1295, after which a statement is sent plain. */
const NOT_PREPARABLE = Buffer.from('\xff\x0f\x05#HY000no', 'latin1')

/** Lets everybody in, and answers each statement as it is told; undefined: never. */
export async function lyingMysql(answer: (sql: string) => Buffer | undefined): Promise<LyingMysql> {
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
          if (sent[4] === PREPARE) return socket.write(packet(1, NOT_PREPARABLE))
          const told = answer(sent.toString('utf8', 5))
          if (told) socket.write(packet(1, told))
        })
      })
    }),
  )
  return { port, gone }
}

/** Lets nobody in: answers the first message of PostgreSQL's protocol with bytes of its own. */
export const greetingPostgres = (greeting: Buffer): Promise<number> =>
  listening(
    createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('data', (sent) => socket.write(sent.length === 8 ? Buffer.from('N') : greeting))
    }),
  )

/** The same for MySQL's, where the server speaks first. @param login what it says to the login */
export const greetingMysql = (greeting: Buffer, login = packet(2, OK)): Promise<number> =>
  listening(
    createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.write(greeting)
      socket.once('data', () => {
        socket.write(login)
        socket.on('data', () => socket.write(packet(1, OK)))
      })
    }),
  )

/** The answer of PostgreSQL to a statement: rows of text. */
export const postgresRows = (names: readonly string[], rows: readonly (Buffer | null)[][]): Buffer => {
  const int16 = (value: number) => Buffer.from([value >> 8, value & 255])
  const int32 = (value: number) => Buffer.from([value >> 24, value >> 16, value >> 8, value].map((byte) => byte & 255))
  const TEXT = 25
  const columns = names.map((name) =>
    Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(TEXT), int16(-1), int32(-1), int16(0)]),
  )
  const data = rows.map((row) =>
    message(
      'D',
      Buffer.concat([
        int16(row.length),
        ...row.flatMap((value) => (value ? [int32(value.length), value] : [int32(-1)])),
      ]),
    ),
  )
  return Buffer.concat([
    message('T', Buffer.concat([int16(names.length), ...columns])),
    ...data,
    message('C', `SELECT ${rows.length}\0`),
    ready('I'),
  ])
}
