import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  databaseAccountName,
  databaseAddress,
  databaseSecrets,
  databaseTarget,
  isReadOnlyAddress,
} from '../../src/database/address.js'

const address = (url: string) => databaseAddress({ url })
const refusal = (configuration: Record<string, unknown>): unknown => {
  try {
    databaseAddress(configuration)
    return undefined
  } catch (error) {
    return error
  }
}

describe('a database url', () => {
  test('is parsed into all of its parts', () => {
    expect(address('postgresql+psycopg2://ann:secret@db.example:5433/sales?sslmode=require')).toEqual({
      engine: 'postgresql',
      driver: 'postgresql+psycopg2',
      host: 'db.example',
      port: 5433,
      username: 'ann',
      password: 'secret',
      database: 'sales',
      parameters: new Map([['sslmode', 'require']]),
    })
  })

  test.each([
    ['postgres://h/d', 'postgresql'],
    ['postgresql+asyncpg://h/d', 'postgresql'],
    ['mysql+pymysql://h/d', 'mysql'],
    ['mariadb://h/d', 'mysql'],
    ['MariaDB+mariadbconnector://h/d', 'mysql'],
    ['sqlite:///d', 'sqlite'],
    ['sqlite+aiosqlite:////d', 'sqlite'],
  ])('%s is parsed as %s', (url, engine) => {
    expect(address(url).engine).toBe(engine)
  })

  test('repairs raw @, spaces and % in user name and password, and decodes nothing twice', () => {
    const login = (url: string) => [address(url).username, address(url).password]
    expect(login('mysql://a@b:p@ss w%rd@h/d')).toEqual(['a@b', 'p@ss w%rd'])
    expect(login('mysql://a%40b:p%2Fs%20%25@h/d')).toEqual(['a@b', 'p/s %'])
    expect(login('mysql://u:100%@h/d')).toEqual(['u', '100%'])
    expect(login('mysql://u:%2541@h/d')).toEqual(['u', '%41'])
    expect(login('mysql://u:a:b@h/d')).toEqual(['u', 'a:b'])
    expect(login('mysql://u:a+b@h/d')).toEqual(['u', 'a+b'])
    expect(login('mysql://u:%ff@h/d')).toEqual(['u', '%ff'])
  })

  test('a user without a password has an empty one, and without a user there is none', () => {
    expect(address('postgresql://u@h/d')).toMatchObject({ username: 'u', password: '' })
    expect(address('postgresql://h/d')).toMatchObject({ username: null, password: null, host: 'h' })
  })

  test('may have addresses in brackets, and parts that are missing stay unset', () => {
    expect(address('postgresql://u:p@[::1]:5432/d')).toMatchObject({ host: '::1', port: 5432 })
    expect(address('postgresql://u:p@[::1]/d')).toMatchObject({ host: '::1', port: null })
    expect(address('postgresql://')).toMatchObject({ host: null, port: null, database: null })
  })

  test('may have a host or a socket in the query string, as SQLAlchemy writes it', () => {
    expect(address('postgresql:///d?host=/run/postgresql')).toMatchObject({ host: '/run/postgresql', database: 'd' })
    expect(address('postgresql://u:p@/d?host=h&port=7')).toMatchObject({ host: 'h', port: 7 })
    expect(address('postgresql://%2Frun%2Fpostgresql/d')).toMatchObject({ host: '/run/postgresql', database: 'd' })
    expect(address('mysql:///d?unix_socket=/run/mysqld/mysqld.sock')).toMatchObject({ host: '/run/mysqld/mysqld.sock' })
    expect(address('mysql://h/d?unix_socket=/x')).toMatchObject({ host: 'h' })
  })

  test('keeps the path of a file unchanged', () => {
    expect(address('sqlite:////a b/c%20d#e@f.db?x=1')).toMatchObject({ database: '/a b/c%20d#e@f.db' })
    expect(address('sqlite:///c.db')).toMatchObject({ database: 'c.db' })
    expect(address('sqlite://')).toMatchObject({ database: null })
  })

  test.each([
    ['no scheme', 'localhost/sales'],
    ['a scheme alone', 'postgresql:u@h/d'],
    ['another database', 'oracle://u:p@h/d'],
    ['several hosts', 'postgresql://u:p@a:1,b:2/d'],
    ['a port that is none', 'postgresql://u:p@h:99999/d'],
    ['a raw / in the password', 'postgresql://u:topsecret/x@h/d'],
    ['a raw # in the password', 'postgresql://u:topsecret#x@h/d'],
    ['a raw ? in the password', 'postgresql://u:topsecret?x@h/d'],
  ])('with %s is refused without being quoted', (_, url) => {
    const error = refusal({ url })
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(JSON.stringify([(error as Error).message, error])).not.toMatch(/topsecret|99999|oracle/)
  })

  test('wins over single fields, and an empty one is ignored', () => {
    const parts = {
      host: 'h',
      port: 1,
      database: 'd',
      username: 'u',
      password: 'p',
      driver: 'mysql',
      extra_config: { a: 1 },
    }
    expect(databaseAddress({ ...parts, url: 'sqlite:///f.db' })).toMatchObject({
      engine: 'sqlite',
      parameters: new Map([['a', '1']]),
    })
    for (const url of ['', '  ', null]) expect(databaseAddress({ ...parts, url })).toMatchObject({ engine: 'mysql' })
  })

  test('is extended by extra_config, and a contradiction is refused', () => {
    const url = 'postgresql://u:p@h/d?sslmode=require'
    const extra = (extra_config: Record<string, unknown>) => ({ url, extra_config })
    expect(databaseAddress(extra({ sslrootcert: 'x', ssl: { rejectUnauthorized: true } })).parameters).toEqual(
      new Map([
        ['sslmode', 'require'],
        ['sslrootcert', 'x'],
        ['ssl', '{"rejectUnauthorized":true}'],
      ]),
    )
    expect(databaseAddress(extra({ sslmode: 'require' })).parameters.get('sslmode')).toBe('require')
    expect(refusal(extra({ sslmode: 'verify-full' }))).toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { errors: [{ field: 'sslmode', message: 'is given twice' }] },
    })
    expect(refusal({ url: 'postgresql://u:p@h/d?a=1&a=2' })).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })

  test('may have its login and database in the query string, as libpq and JDBC write them', () => {
    expect(address('postgresql://h/?user=ann&password=a+b%2Bc&dbname=d')).toMatchObject({
      ...{ host: 'h', username: 'ann', password: 'a+b+c', database: 'd' },
    })
    expect(address('mysql://h/d?user=ann&password=p')).toMatchObject({ username: 'ann', password: 'p' })
    expect(address('postgresql://?host=h&port=7&dbname=d')).toMatchObject({ host: 'h', port: 7, database: 'd' })
    expect(address('postgresql://ann@h/d?password=p')).toMatchObject({ username: 'ann', password: 'p' })
    for (const twice of ['u:p@h/d?user=v', 'u:p@h/d?password=q', 'u:p@h/d?dbname=e'])
      expect(refusal({ url: `postgresql://${twice}` })).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(databaseSecrets({ url: 'postgresql://h/d?user=u&password=s3cret' })).toContain('s3cret')
  })

  test('decodes every user name and password that was percent-encoded into it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (username, password) => {
        const url = `postgresql://${encodeURIComponent(username)}:${encodeURIComponent(password)}@h:1/d`
        expect(address(url)).toMatchObject({ username, password, host: 'h', port: 1, database: 'd' })
      }),
    )
  })

  test('of any text is parsed, or refused with our own message', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `postgresql://${rest}`),
    )
    fc.assert(
      fc.property(text, (url) => {
        const error = refusal({ url })
        if (error !== undefined) expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
        expect(() => databaseSecrets({ url })).not.toThrow()
      }),
      { numRuns: 1000 },
    )
  })
})

test.each([
  '/home/me/shop.db',
  './shop.db',
  '~/shop.db',
  'C:\\shop\\shop.db',
  'shop.sqlite',
  'sqlite:/shop.db',
  'file:/shop',
])('a url that is the path of a file says how a file is linked: %s', (url) => {
  expect(refusal({ url })).toMatchObject({
    code: 'INVALID_PARAMETERS',
    message:
      'The url is a path, not a URL; for an SQLite file write sqlite:////home/me/shop.db for an absolute path (four slashes) and sqlite:///shop.db for a relative one (three), or give driver sqlite and the path as database.',
    details: { errors: [{ field: 'url', message: 'is not a database url' }] },
  })
})

describe('single fields of a database', () => {
  const parts = { host: 'h', port: 3306, database: 'd', username: 'u', password: 'p@ /', driver: 'mysql+pymysql' }

  test('are used unchanged, and extra_config becomes the query string', () => {
    const extra_config = { charset: 'utf8', ssl: true, retries: 3, none: null }
    expect(databaseAddress({ ...parts, extra_config, unknown: 1 })).toEqual({
      engine: 'mysql',
      ...parts,
      parameters: new Map([
        ['charset', 'utf8'],
        ['ssl', 'true'],
        ['retries', '3'],
        ['none', 'null'],
      ]),
    })
  })

  test('are all required, and the error names the missing ones', () => {
    for (const name of Object.keys(parts)) {
      expect(refusal({ ...parts, [name]: undefined })).toMatchObject({
        code: 'INVALID_PARAMETERS',
        message: expect.stringContaining(`Missing: ${name}.`),
        details: { errors: [{ field: name, message: 'is missing' }] },
      })
    }
  })

  test('that are all missing give an error that asks for the url, since it alone is enough', () => {
    for (const nothing of [{}, { url: '', host: ' ', extra_config: null, read_only: true, identifier: 'x' }])
      expect(refusal(nothing)).toMatchObject({
        code: 'INVALID_PARAMETERS',
        details: { errors: [{ field: 'url', message: 'is missing' }] },
      })
  })

  test('may have an empty password and a port as text, and a file needs only a path', () => {
    expect(databaseAddress({ ...parts, password: '', port: '3307' })).toMatchObject({ password: '', port: 3307 })
    expect(databaseAddress({ driver: 'sqlite', database: '/f.db' })).toMatchObject({
      engine: 'sqlite',
      database: '/f.db',
    })
    expect(refusal({ ...parts, port: 'x' })).toMatchObject({ details: { errors: [{ field: 'port' }] } })
    expect(refusal({ ...parts, port: 0 })).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })
})

test('the account name is driver:host:port:username:database, decoded', () => {
  const name = (url: string) => databaseAccountName(address(url))
  expect(name('postgresql+psycopg2://a%40b:p@h:5432/d')).toBe('postgresql+psycopg2:h:5432:a@b:d')
  expect(name('mysql://u:p@h/d')).toBe('mysql:h:None:u:d')
  expect(name('sqlite:////data/f.db')).toBe('sqlite:None:None:None:/data/f.db')
})

describe('the target of a database configuration', () => {
  const target = (url: string) => databaseTarget({ url })

  test.each([
    ['postgresql://u:p@h:5432/d', 'postgresql+psycopg2://u:other@H/d?sslmode=require'],
    ['mysql://u:p@h/d', 'mariadb://u:p@h:3306/d'],
    ['sqlite:////data/f.db', 'sqlite+pysqlite:////data/f.db?mode=ro'],
  ])('is the same for %s and %s', (one, other) => expect(target(one)).toEqual(target(other)))

  test('is the same for a url and its parts, and has no password', () => {
    const parts = { driver: 'mysql', host: 'h', port: '3306', username: 'u', password: 'pw', database: 'd' }
    expect(databaseTarget(parts)).toEqual(['mysql', 'h', '3306', 'u', 'd'])
    expect(target('mysql://u:secret@h/d')).toEqual(databaseTarget(parts))
  })

  test('is another one for another kind, host, port, user or database', () => {
    const urls = [
      ...['postgresql://u:p@h/d', 'mysql://u:p@h/d', 'postgresql://u:p@i/d', 'postgresql://u:p@h:1/d'],
      ...['postgresql://v:p@h/d', 'postgresql://u:p@h/e', 'postgresql://h/d', 'postgresql://u:p@h'],
      ...['postgresql://a%3Ab:p@h/c', 'postgresql://a:p@h/b:c', 'sqlite:////d', 'sqlite:///d'],
    ]
    expect(new Set(urls.map((url) => JSON.stringify(target(url)))).size).toBe(urls.length)
  })

  test('is none where the configuration cannot be read', () => {
    for (const url of ['', 'nonsense', 'oracle://h/d']) expect(target(url)).toBeUndefined()
  })

  test.each([
    ['sqlite:////f.db?mode=ro', true],
    ['sqlite:////f.db', false],
    ['mysql://h/d?mode=ro', false],
    ['nonsense', false],
  ])('%s asks by itself for no change: %s', (url, asks) => expect(isReadOnlyAddress({ url })).toBe(asks))
})

describe('the secrets of a database configuration', () => {
  test('include the whole url and its password, as written and decoded', () => {
    const url = 'postgresql://u:p%40ss@h/d?sslpassword=k3y'
    expect(databaseSecrets({ url }).sort()).toEqual([url, 'p%40ss', 'p@ss', 'k3y'].sort())
  })

  test('include passwords and keys in further settings, nested ones too', () => {
    const key = '-----BEGIN PRIVATE KEY-----x'
    const extra_config = { ssl: { passphrase: 'k3y', ca: 'x', key }, sslpassword: 'pw' }
    expect(databaseSecrets({ url: 'postgresql://h/d', extra_config })).toEqual(
      expect.arrayContaining(['k3y', 'pw', key]),
    )
  })

  test('include the password in a url that cannot be parsed', () => {
    expect(databaseSecrets({ url: 'postgresql://u:top/secret@h/d' })).toContain('top/secret')
  })

  test('include the password among single fields', () => {
    const parts = { host: 'h', port: 1, database: 'd', username: 'u', password: 'pw', driver: 'mysql' }
    expect(databaseSecrets(parts)).toEqual(['pw', 'pw'])
    expect(databaseSecrets({ password: 'pw' })).toEqual(['pw'])
    expect(databaseSecrets({})).toEqual([])
  })
})
