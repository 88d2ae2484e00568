import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { describeMariadb, describePostgres } from '../databases/index.js'
import { closePorts, failureOf, newPort, openSession, upstreamOf } from './harness.js'

afterAll(closePorts)

const SECRET = 'p@ss w/rd%:'
let opened = 0
const open = (url: string | Record<string, unknown>, options = {}) => {
  opened += 1
  return openSession(newPort(options), `${opened}`, typeof url === 'string' ? { url } : url)
}
const at = (url: string, change: Partial<Record<'username' | 'password' | 'pathname' | 'port' | 'search', string>>) =>
  Object.assign(new URL(url), change).href

/** Answers nothing, as a firewall does that swallows what it is sent. */
async function silentServer(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

/** Stands before a PostgreSQL as PgBouncer does, which refuses connections that ask for settings. */
async function pickyPooler(serverPort: number): Promise<{ port: number; close(): void }> {
  const refusal = Buffer.from('SFATAL\0C08P01\0Munsupported startup parameter in options\0\0')
  const header = Buffer.from([0x45, 0, 0, 0, refusal.length + 4])
  const server = createServer((socket) => {
    socket.once('data', (startup) => {
      if (/default_transaction_read_only|extra_float_digits/.test(startup.toString('latin1')))
        return socket.end(Buffer.concat([header, refusal]))
      const upstream = connect(serverPort, '127.0.0.1')
      upstream.write(startup)
      socket.pipe(upstream).pipe(socket)
      for (const end of [socket, upstream]) end.on('error', () => end.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

async function closedPort(): Promise<number> {
  const { port, close } = await silentServer()
  close()
  return port
}

describe.each(['postgresql', 'mysql'])('%s that cannot be reached', (driver) => {
  test('is an error that may be retried, without the password', async () => {
    const session = open({
      driver,
      host: '127.0.0.1',
      port: await closedPort(),
      username: 'ann',
      password: SECRET,
      database: 'd',
    })
    const error = await session.failure('select 1')
    expect(error).toMatchObject({
      code: 'UPSTREAM_ERROR',
      message: expect.stringContaining('cannot be reached'),
      retryable: true,
    })
    expect(upstreamOf(error)).toMatchObject({ engine: driver, code: 'ECONNREFUSED' })
    expect(JSON.stringify([error.message, error.details])).not.toContain('p@ss')
  })

  test('because it is silent fails a link within 10 s', { timeout: 20_000 }, async () => {
    const silent = await silentServer()
    const started = Date.now()
    const session = open(`${driver}://u:p@127.0.0.1:${silent.port}/d`)
    expect(['UPSTREAM_ERROR', 'UPSTREAM_TIMEOUT']).toContain((await failureOf(session.database.probe())).code)
    expect(Date.now() - started).toBeLessThan(9_500)
    silent.close()
  })

  test('is not looked up where the operator forbids it', async () => {
    const forbidden = new Error('not there') // what a policy throws reaches the caller as it is
    const resolveHost = vi.fn().mockRejectedValue(Object.assign(forbidden, { code: 'FORBIDDEN' }))
    const session = open(`${driver}://u:p@internal.example/d`, { resolveHost })
    await expect(session.query('select 1')).rejects.toBe(forbidden)
    expect(resolveHost).toHaveBeenCalledWith('internal.example')
  })

  test('is looked up once, and a changed DNS answer is not followed', async () => {
    const seen: string[] = []
    const server = createServer((socket) => {
      seen.push(socket.localAddress ?? '')
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    const resolveHost = vi.fn().mockResolvedValueOnce('127.0.0.1').mockResolvedValue('127.0.0.2')
    const { port } = server.address() as AddressInfo
    const session = open(`${driver}://u:p@rebound.example:${port}/d`, { resolveHost })
    expect(await session.failure('select 1')).toMatchObject({ code: 'UPSTREAM_ERROR' })
    expect(resolveHost).toHaveBeenCalledTimes(1)
    expect(new Set(seen)).toEqual(new Set(['127.0.0.1']))
    server.close()
  })

  test('at a socket is refused where sockets are not allowed', async () => {
    const session = open(`${driver}:///d?${driver === 'mysql' ? 'unix_socket' : 'host'}=/run/x`, { localFiles: false })
    expect(await session.failure('select 1')).toMatchObject({ code: 'FORBIDDEN' })
  })
})

test.each(['sslmode=sometimes', 'ssl=perhaps'])('an unknown %s is refused', async (parameter) => {
  expect(await open(`postgresql://u:p@127.0.0.1/d?${parameter}`).failure('select 1')).toMatchObject({
    code: 'INVALID_PARAMETERS',
  })
})

describePostgres('a connection to PostgreSQL', (server) => {
  let url: string
  let database: string
  beforeAll(async () => {
    url = await server.createDatabase()
    database = new URL(url).pathname.slice(1)
    await server.run(
      url,
      `do $$ begin create role guarded login password '${SECRET}'; exception when duplicate_object then null; end $$;
       create table closed (n int); create table t (n int); grant select, insert on t to guarded;
       alter role guarded in database ${database} set statement_timeout = '400ms';
       alter role guarded in database ${database} set lock_timeout = '200ms'`,
    )
  })
  const guarded = (password: string) => at(url, { username: 'guarded', password })

  test('works with a password of special characters, by url and by single fields', async () => {
    const sql = 'select current_user::text as me'
    expect(await open(guarded(SECRET)).rows(sql)).toEqual([{ me: 'guarded' }])
    const { hostname, port } = new URL(url)
    const parts = {
      host: hostname,
      port: Number(port),
      database,
      username: 'guarded',
      password: SECRET,
      driver: 'postgresql+psycopg2',
    }
    const session = open(parts)
    expect(await session.rows(sql)).toEqual([{ me: 'guarded' }])
    expect(session.database.name).toBe(`postgresql+psycopg2:${hostname}:${port}:guarded:${database}`)
  })

  test('works by a socket', async () => {
    const { port } = new URL(url)
    const session = open(`postgresql://postgres@:${port}/${database}?host=${server.folder}`)
    expect(await session.rows('select inet_server_addr() is null as local')).toEqual([{ local: true }])
    expect(await session.failure('select pg_sleep(60)', {}, { timeoutMs: 200 })).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
    })
    const sleepers = `select count(*) as n from pg_stat_activity where query like '%sleep(60)%' and pid <> pg_backend_pid()`
    await vi.waitFor(async () => expect(await session.rows(sleepers)).toEqual([{ n: 0 }]), { timeout: 5_000 })
  })

  test('uses the address that the operator assigned to a name', async () => {
    const resolveHost = vi.fn().mockResolvedValue('127.0.0.1')
    const session = open(at(url, {}).replace('127.0.0.1', 'db.example'), { resolveHost })
    expect(await session.rows('select 1 as n')).toEqual([{ n: 1 }])
    expect(resolveHost).toHaveBeenCalledWith('db.example')
  })

  test.each([
    ['a wrong password', () => guarded('wrong')],
    ['an empty password', () => guarded('')],
    ['an unknown user', () => at(url, { username: 'guarded_nobody' })],
  ])('fails with %s', async (_, target) => {
    const error = await open(target()).failure('select 1')
    expect(error).toMatchObject({
      name: 'CredentialRefused',
      message: 'The database refused the user name or password.',
    })
    expect(await failureOf(open(target()).database.probe())).toMatchObject({ name: 'CredentialRefused' })
  })

  test('ignores the environment of this process', async () => {
    vi.stubEnv('PGPASSWORD', SECRET)
    vi.stubEnv('PGOPTIONS', '-c application_name=leaked')
    vi.stubEnv('PGUSER', 'guarded')
    try {
      expect(await open(guarded('')).failure('select 1')).toMatchObject({ name: 'CredentialRefused' })
      const [row] = await open(url).rows("select current_setting('application_name') as name")
      expect(row).toEqual({ name: 'connectors-mcp' })
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('fails for a database that does not exist, or is closed to the user', async () => {
    const unknown = await open(at(url, { pathname: '/nowhere' })).failure('select 1')
    expect(unknown).toMatchObject({
      name: 'CredentialRefused',
      message: expect.stringContaining('no database of that name'),
    })
    expect(upstreamOf(unknown)).toMatchObject({ code: '3D000' })
    const closed = await server.createDatabase()
    await server.run(closed, `revoke connect on database ${new URL(closed).pathname.slice(1)} from public`)
    expect(
      upstreamOf(await open(at(closed, { username: 'guarded', password: SECRET })).failure('select 1')),
    ).toMatchObject({ code: '42501' })
  })

  test('reports a missing right to a table', async () => {
    const error = await open(guarded(SECRET)).failure('select * from closed')
    expect(error).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('no right') })
    expect(upstreamOf(error)).toMatchObject({ code: '42501' })
  })

  test("reports the server's own limits", async () => {
    const session = open(guarded(SECRET))
    const stopped = await session.failure('select pg_sleep(60)')
    expect(stopped).toMatchObject({ code: 'UPSTREAM_TIMEOUT', message: expect.stringContaining('database stopped') })
    const locker = open(url)
    const holding = locker.failure(
      'with x as (select * from t for update), y as (update t set n = n) select pg_sleep(60)',
      {},
      { timeoutMs: 1_500 },
    )
    const lock = locker.failure('lock table t in access exclusive mode; select pg_sleep(60)')
    expect((await lock).message).toContain('several statements')
    await holding
    const [slot] = await Promise.all([
      locker.failure(
        'do $$ begin lock table t in access exclusive mode; perform pg_sleep(60); end $$',
        {},
        { timeoutMs: 2_000 },
      ),
      waitedFor(),
    ])
    expect(slot).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })

    async function waitedFor(): Promise<void> {
      await vi.waitFor(
        async () =>
          expect(await session.failure('insert into t values (1)')).toMatchObject({
            code: 'UPSTREAM_ERROR',
            retryable: true,
          }),
        { timeout: 1_500 },
      )
    }
  })

  test('that is lost while idle is replaced, and a lost one with a running statement is an error', async () => {
    const session = open(url)
    const pid = async () => (await session.rows('select pg_backend_pid() as pid'))[0]?.pid as number
    const admin = open(url)
    const [busy] = await Promise.all([
      session.failure('select pg_sleep(60)'),
      vi.waitFor(
        async () => {
          const sql = `select pg_terminate_backend(pid) as ended from pg_stat_activity where query = 'select pg_sleep(60)' and datname = current_database()`
          expect(await admin.rows(sql)).toEqual([{ ended: true }])
        },
        { timeout: 5_000 },
      ),
    ])
    expect(busy).toMatchObject({ code: 'UPSTREAM_ERROR', message: expect.stringContaining('lost'), retryable: false })
    const idle = await pid()
    await admin.rows('select pg_terminate_backend(:idle) as ended', { idle })
    await vi.waitFor(async () => expect(await pid()).not.toBe(idle), { timeout: 5_000 })
  })

  test('keeps read-only through a pooler that accepts no settings', async () => {
    const pooler = await pickyPooler(Number(new URL(url).port))
    const session = open({ url: at(url, { port: String(pooler.port) }), read_only: true })
    expect(
      await session.rows('select current_setting(:name) as preset', { name: 'default_transaction_read_only' }),
    ).toEqual([{ preset: 'off' }])
    expect(await session.failure('with x as (insert into t values (1)) select 1')).toMatchObject({ code: 'FORBIDDEN' })
    pooler.close()
  })

  test('gives the same answers for any role settings through such a pooler', async () => {
    const pooler = await pickyPooler(Number(new URL(url).port))
    await server.run(
      url,
      `do $$ begin create role printer login; exception when duplicate_object then null; end $$;
       alter role printer set extra_float_digits = -5; alter role printer set intervalstyle = 'iso_8601'; alter role printer set bytea_output = 'escape'`,
    )
    for (const read_only of [false, true]) {
      const session = open({ url: at(url, { port: String(pooler.port), username: 'printer' }), read_only })
      const sql = "select 0.1::float8 + 0.2 as f, interval '1 day 2 hours' as i, to_json(0.1::float8 + 0.2) as j"
      for (let round = 0; round < 2; round += 1)
        expect(await session.rows(sql)).toEqual([{ f: 0.30000000000000004, i: 'P1DT2H', j: 0.30000000000000004 }])
      expect(await session.rows('select :a as a', { a: 'x' })).toEqual([{ a: 'x' }])
    }
    pooler.close()
  })

  test('runs statements that cannot be in a transaction, first and again', async () => {
    const session = open(url)
    for (let round = 0; round < 3; round += 1)
      expect(await session.query('vacuum t')).toEqual({ kind: 'affected', affectedRows: -1 })
  })

  test('fails before the password is sent if channel binding is required but not offered', async () => {
    const error = await open(at(guarded(SECRET), { search: 'channel_binding=require' })).failure('select 1')
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test('reports a server that has no connection left', async () => {
    await server.run(url, `alter database ${database} connection limit 0`)
    try {
      const error = await open(guarded(SECRET)).failure('select 1')
      expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
      expect(upstreamOf(error)).toMatchObject({ code: '53300' })
    } finally {
      await server.run(server.url, `alter database ${database} connection limit -1`)
    }
  })

  describe.skipIf(!existsSync('/usr/bin/openssl'))('encrypted (needs openssl)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'connectors-tls-'))
    const ca = join(folder, 'server.crt')
    afterAll(async () => {
      await server.run(server.url, 'alter system set ssl = off')
      await server.run(server.url, 'select pg_reload_conf()')
      rmSync(folder, { recursive: true })
    })
    const encrypted = (search: string) =>
      open(at(url, { search })).rows('select ssl from pg_stat_ssl where pid = pg_backend_pid()')

    test('falls back to plain text by default, and fails if TLS is required, while the server has no TLS', async () => {
      expect(await encrypted('')).toEqual([{ ssl: false }])
      expect(await encrypted('sslmode=prefer')).toEqual([{ ssl: false }])
      const many = open(at(url, { search: 'sslmode=prefer' }))
      expect(await Promise.all([1, 2, 3, 4].map((n) => many.rows('select :n as n', { n })))).toHaveLength(4)
      const error = await open(at(url, { search: 'sslmode=require' })).failure('select 1')
      expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' })
    })

    test('is encrypted as sslmode says', async () => {
      makeCertificate(folder, 'localhost')
      giveTo(statSync(server.folder), folder)
      for (const [setting, file] of [
        ['ssl_cert_file', 'server.crt'],
        ['ssl_key_file', 'server.key'],
      ])
        await server.run(server.url, `alter system set ${setting} = '${join(folder, file as string)}'`)
      await server.run(server.url, 'alter system set ssl = on')
      await server.run(server.url, 'select pg_reload_conf()')
      await vi.waitFor(async () => expect(await encrypted('sslmode=prefer')).toEqual([{ ssl: true }]), {
        timeout: 5_000,
      })
      // On loopback nobody listens.
      expect(await encrypted('')).toEqual([{ ssl: false }])
      expect(await encrypted('sslmode=disable')).toEqual([{ ssl: false }])
      expect(await encrypted('sslmode=require')).toEqual([{ ssl: true }])
      expect(await encrypted('ssl=true')).toEqual([{ ssl: true }])
    })

    test('has its certificate checked as sslmode says', async () => {
      for (const sslmode of ['verify-ca', 'verify-full']) {
        const error = await open(at(url, { search: `sslmode=${sslmode}` })).failure('select 1')
        expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' })
        expect(upstreamOf(error).code).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/)
      }
      expect(await encrypted(`sslmode=verify-ca&sslrootcert=${ca}`)).toEqual([{ ssl: true }])
      expect(await encrypted(`sslmode=require&sslrootcert=${encodeURIComponent(readFileSync(ca, 'utf8'))}`)).toEqual([
        { ssl: true },
      ])
      const wrongName = await open(at(url, { search: `sslmode=verify-full&sslrootcert=${ca}` })).failure('select 1')
      expect(upstreamOf(wrongName)).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
      const byName = at(url, { search: `sslmode=verify-full&sslrootcert=${ca}` }).replace('127.0.0.1', 'localhost')
      const session = open(byName, { resolveHost: async () => '127.0.0.1' })
      expect(await session.rows('select 1 as n')).toEqual([{ n: 1 }])
      // A cancel request is encrypted too.
      expect(await session.failure('select pg_sleep(61)', {}, { timeoutMs: 200 })).toMatchObject({
        code: 'UPSTREAM_TIMEOUT',
      })
      const sleepers = `select count(*) as n from pg_stat_activity where query = 'select pg_sleep(61)'`
      await vi.waitFor(async () => expect(await open(url).rows(sleepers)).toEqual([{ n: 0 }]), { timeout: 5_000 })
    })

    test('is bound to the login as channel_binding says', async () => {
      const search = 'sslmode=require&channel_binding=require'
      expect(await open(at(guarded(SECRET), { search })).rows('select 1 as n')).toEqual([{ n: 1 }])
      // Whoever is let in without a login cannot be bound.
      expect(await open(at(url, { search })).failure('select 1')).toMatchObject({ code: 'UPSTREAM_ERROR' })
    })

    test('accepts every spelling of the TLS settings, and settings next to the url', async () => {
      const sql = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'
      for (const extra_config of [
        { ssl: true },
        { useSSL: 'true' },
        { ssl: { rejectUnauthorized: false } },
        { sslMode: 'REQUIRED' },
      ])
        expect(await open({ url, extra_config }).rows(sql)).toEqual([{ ssl: true }])
      for (const extra_config of [
        { sslmode: 'verify-full' },
        { ssl: { rejectUnauthorized: true } },
        { ssl_verify_identity: true },
      ])
        expect(await open({ url, extra_config }).failure(sql)).toMatchObject({ code: 'UPSTREAM_ERROR' })
      expect(await open({ url, extra_config: { sslcrldir: '/x' } }).failure(sql)).toMatchObject({
        code: 'INVALID_PARAMETERS',
      })
    })

    test('uses certificate files of this machine only where those are allowed', async () => {
      const search = `sslmode=verify-ca&sslrootcert=${ca}`
      expect(await open(at(url, { search }), { localFiles: false }).failure('select 1')).toMatchObject({
        code: 'INVALID_PARAMETERS',
      })
      expect(await open(at(url, { search: `${search}x` })).failure('select 1')).toMatchObject({
        code: 'INVALID_PARAMETERS',
      })
    })
  })
})

/** A certificate for a name, signed by itself. */
function makeCertificate(folder: string, name: string): void {
  const files = ['-keyout', join(folder, 'server.key'), '-out', join(folder, 'server.crt')]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject], {
    stdio: 'ignore',
  })
}

/** A database server reads a key only if it is its own. */
function giveTo({ uid, gid }: { uid: number; gid: number }, folder: string): void {
  if (process.getuid?.() !== 0) return
  for (const file of ['', 'server.key', 'server.crt']) chownSync(join(folder, file), uid, gid)
}

describeMariadb('a connection to MariaDB', (server) => {
  let url: string
  beforeAll(async () => {
    url = await server.createDatabase()
    const database = new URL(url).pathname.slice(1)
    await server.run(
      url,
      `create or replace user guarded@'%' identified by '${SECRET}'; create table closed (n int); create table t (n int) engine = innodb;
       insert into t values (1); grant select, update on ${database}.t to guarded@'%'`,
    )
  })
  const guarded = (password: string) => at(url, { username: 'guarded', password })

  test('works with a password of special characters, by url and by single fields', async () => {
    const sql = 'select current_user() as me'
    expect(await open(guarded(SECRET)).rows(sql)).toEqual([{ me: 'guarded@%' }])
    const { hostname, port, pathname } = new URL(url)
    const parts = {
      host: hostname,
      port: Number(port),
      database: pathname.slice(1),
      username: 'guarded',
      password: SECRET,
      driver: 'mysql+pymysql',
    }
    expect(await open(parts).rows(sql)).toEqual([{ me: 'guarded@%' }])
  })

  test('works by a socket', async () => {
    const session = open(`mariadb://root@/${new URL(url).pathname.slice(1)}?unix_socket=${join(server.folder, 'sock')}`)
    expect(await session.rows('select current_user() as me')).toEqual([{ me: 'root@localhost' }])
  })

  test.each([
    ['a wrong password', () => guarded('wrong')],
    ['an empty password', () => guarded('')],
    ['an unknown user', () => at(url, { username: 'nobody_at_all' })],
  ])('fails with %s', async (_, target) => {
    const error = await open(target()).failure('select 1')
    expect(error).toMatchObject({
      name: 'CredentialRefused',
      message: 'The database refused the user name or password.',
    })
    expect(await failureOf(open(target()).database.probe())).toMatchObject({ name: 'CredentialRefused' })
  })

  test('fails for a database that does not exist, or is closed to the user', async () => {
    expect(upstreamOf(await open(at(url, { pathname: '/nowhere' })).failure('select 1'))).toMatchObject({
      code: 'ER_BAD_DB_ERROR',
    })
    const closed = await open(at(guarded(SECRET), { pathname: '/mysql' })).failure('select 1')
    expect(closed).toMatchObject({ name: 'CredentialRefused', message: expect.stringContaining('may not connect') })
  })

  test('reports a missing right to a table', async () => {
    const error = await open(guarded(SECRET)).failure('select * from closed')
    expect(error).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('no right') })
  })

  test('stops a cancelled statement at the server', async () => {
    const session = open(url)
    const failures = [
      session.failure('select sleep(61)', {}, { timeoutMs: 300 }),
      session.failure('update t set n = n where sleep(62) = 0', {}, { timeoutMs: 300 }),
    ]
    for (const failure of await Promise.all(failures)) expect(failure).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    const sleepers = `select count(*) as n from information_schema.processlist where info like '%sleep(6_)%' and id <> connection_id()`
    await vi.waitFor(async () => expect(await session.rows(sleepers)).toEqual([{ n: 0 }]), { timeout: 5_000 })
  })

  test('that is lost while idle is replaced, and a lost one with a running statement is an error', async () => {
    const session = open(url)
    const admin = open(url)
    const id = async () => (await session.rows('select connection_id() as id'))[0]?.id as number
    const first = await id()
    const [busy] = await Promise.all([session.failure('select sleep(63)'), admin.query(`kill ${first}`)])
    expect(busy).toMatchObject({ code: 'UPSTREAM_ERROR', message: expect.stringContaining('lost'), retryable: false })
    const idle = await id()
    await admin.query(`kill ${idle}`)
    await vi.waitFor(async () => expect(await id()).not.toBe(idle), { timeout: 5_000 })
  })

  test('works without encryption where the server has none', async () => {
    expect(await open(at(url, { search: 'ssl_mode=PREFERRED' })).rows('select 1 as n')).toEqual([{ n: 1 }])
    const error = await open(at(url, { search: 'ssl_mode=REQUIRED' })).failure('select 1')
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' })
    expect(upstreamOf(error)).toMatchObject({ code: 'HANDSHAKE_NO_SSL_SUPPORT' })
  })
})
