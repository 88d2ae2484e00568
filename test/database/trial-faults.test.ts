import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { describeMariadb, describePostgres } from '../databases/index.js'
import { closePorts, failureOf, newPort } from './harness.js'

afterAll(closePorts)

const SECRET = 'a secret of the trial'
let opened = 0

/** What the trial of a configuration fails with: the sentence, and the field that is at fault. */
async function fault(configuration: Record<string, unknown>): Promise<{ message: string; field: string | undefined }> {
  opened += 1
  const database = newPort().open(`${opened}`, configuration)
  const { message, details } = await failureOf(database.probe())
  expect(JSON.stringify([message, details])).not.toContain(SECRET)
  expect(details?.reason).toBeDefined()
  const errors = details?.errors ?? []
  expect(errors.length).toBeGreaterThan(0)
  return { message, field: errors[0]?.field }
}

const parts = (url: string, change: Record<string, unknown> = {}) => {
  const { protocol, hostname, port, username, pathname } = new URL(url)
  const driver = protocol.slice(0, -1)
  return { driver, host: hostname, port, username, password: SECRET, database: pathname.slice(1), ...change }
}

async function serverThat(act: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    act(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

test.each(['postgresql', 'mysql'])(
  'a host that is not known, a port that is closed, a host that does not answer: %s',
  { timeout: 30_000 },
  async (driver) => {
    const at = (change: Record<string, unknown>) => fault(parts(`${driver}://ann@127.0.0.1:1/d`, change))
    expect(await at({ host: 'no-such-host.invalid' })).toEqual({
      message: 'The database cannot be reached: the host name is unknown; check its spelling.',
      field: 'host',
    })
    const { port, close } = await serverThat(() => undefined)
    expect(await at({ port })).toEqual({
      message:
        'The database cannot be reached: the host does not respond on that port; check host and port, and whether a firewall is in between.',
      field: 'host',
    })
    close()
    expect(await at({ port })).toEqual({
      message:
        'The database cannot be reached: nothing listens on that port of the host; check the port, and that the database is running.',
      field: 'port',
    })
    expect(await fault({ url: `${driver}://ann:${SECRET}@127.0.0.1:${port}/d` })).toMatchObject({ field: 'url' })
  },
)

test('a URL is at fault as a whole, and which part of it is said', async () => {
  const url = `postgresql://ann:${encodeURIComponent(SECRET)}@no-such-host.invalid/d`
  const { details } = await failureOf(newPort().open('url', { url }).probe())
  expect(details?.errors).toEqual([{ field: 'url', message: 'is not right: its host is not known' }])
})

test('an SQLite file that is not there', async () => {
  expect(await fault({ driver: 'sqlite', database: '/not/there.db' })).toEqual({
    message: expect.stringContaining('no readable SQLite file was found at that path'),
    field: 'database',
  })
})

describePostgres('a trial at PostgreSQL', (server) => {
  test('names a missing database, and a login that is refused', async () => {
    const url = await server.createDatabase()
    await server.run(
      url,
      `do $$ begin create role guarded login password 'x'; exception when duplicate_object then null; end $$`,
    )
    expect(await fault(parts(url, { database: 'not_there' }))).toEqual({
      message: 'The server has no database of that name; check the name.',
      field: 'database',
    })
    expect(await fault(parts(url, { username: 'guarded' }))).toEqual({
      message: 'The database refused the user name or password.',
      field: 'password',
    })
  })

  test('behind a mysql URL says that a PostgreSQL answers', async () => {
    const { port } = new URL(server.url)
    for (const driver of ['mysql', 'mariadb']) {
      const started = performance.now()
      expect(await fault(parts(server.url, { driver }))).toEqual({
        message:
          'A PostgreSQL server answers at that host and port; choose that kind of database (driver postgresql, or a URL that begins with postgresql://).',
        field: 'driver',
      })
      expect(performance.now() - started).toBeLessThan(6_000)
    }
    expect(await fault({ url: `mysql://ann@127.0.0.1:${port}/d` })).toMatchObject({ field: 'url' })
  })
})

describeMariadb('a trial at MariaDB', (server) => {
  test('names a missing database, and a login that is refused', async () => {
    const url = await server.createDatabase()
    expect(await fault(parts(url, { database: 'not_there', password: '' }))).toEqual({
      message: 'The server has no database of that name; check the name.',
      field: 'database',
    })
    expect(await fault(parts(url, { username: 'nobody_here' }))).toEqual({
      message: 'The database refused the user name or password.',
      field: 'password',
    })
  })

  test.each(['prefer', 'disable', 'require'])(
    'behind a postgresql URL with sslmode=%s says that a MariaDB answers',
    async (sslmode) => {
      const configuration = parts(server.url, { driver: 'postgresql', extra_config: { sslmode } })
      expect(await fault(configuration)).toEqual({
        message:
          'A MariaDB server answers at that host and port; choose that kind of database (driver mariadb, or a URL that begins with mariadb://).',
        field: 'driver',
      })
    },
  )
})

test('a MySQL whose greeting begins with the letter by which a PostgreSQL declines TLS is told from it', async () => {
  const version = Buffer.from(`8.4.3${'-x'.repeat(20)}`)
  const packet = Buffer.concat([Buffer.from([10]), version, Buffer.alloc(0x4e - 1 - version.length)])
  const greeting = Buffer.concat([Buffer.from([packet.length, 0, 0, 0]), packet])
  expect(greeting.toString('latin1', 0, 1)).toBe('N')
  const { port, close } = await serverThat((socket) => socket.write(greeting))
  expect(await fault(parts(`postgresql://ann@127.0.0.1:${port}/d`))).toMatchObject({
    message: expect.stringContaining('A MySQL server answers'),
    field: 'driver',
  })
  close()
})
