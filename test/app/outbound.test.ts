import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/app/index.js'
import { outboundOf } from '../../src/app/outbound.js'
import { readConfig } from '../../src/config/index.js'

async function person(settings: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-outbound-'))
  const connection = await connect(readConfig({ HOME: folder, CONNECTORS_DATA_DIR: join(folder, 'data'), ...settings }))
  onTestFinished(async () => {
    await connection.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const client = await connection.client()
  const { secret } = await client.createUser('ada')
  const { token } = await client.authenticate('ada', secret)
  const link = (url: string) => client.linkCustom('sql', token, { configuration: { url } })
  return { folder, link }
}

function sqliteFile(path: string): string {
  new Database(path).exec('create table t (a)')
  return path
}

describe("on a person's own machine", () => {
  test("a database file can be linked, but not one of the service's own folder, by whatever name", async () => {
    const { folder, link } = await person()
    await expect(link(`sqlite:///${sqliteFile(join(folder, 'mine.db'))}`)).resolves.toMatchObject({ success: true })
    symlinkSync(join(folder, 'data'), join(folder, 'innocent'))
    writeFileSync(join(folder, 'note'), '')
    for (const path of ['data/store.db', 'innocent/store.db', 'data/../data/store.db', 'data/key']) {
      await expect(link(`sqlite:///${join(folder, path)}`)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
  })
})

describe('on a shared service', () => {
  const SHARED = { CONNECTORS_PUBLIC_URL: 'https://connectors.example' }

  test('neither files nor private hosts can be linked', async () => {
    const { folder, link } = await person(SHARED)
    await expect(link(`sqlite:///${sqliteFile(join(folder, 'mine.db'))}`)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    for (const host of ['127.0.0.1', 'localhost', '10.0.0.5', '169.254.169.254', '[::1]', '[::ffff:10.0.0.1]']) {
      await expect(link(`postgresql://u:p@${host}:5432/x`), host).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
  })

  test.each(['postgresql', 'mysql'])(
    'private hosts cannot be linked in another notation either (%s)',
    async (driver) => {
      const { link } = await person(SHARED)
      for (const host of ['[::ffff:7f00:1]', '0.0.0.0', '[::]', '[fd00:ec2::254]', '[64:ff9b::a00:1]', '[fe80::1]']) {
        await expect(link(`${driver}://u:p@${host}:5432/x`), host).rejects.toMatchObject({ code: 'FORBIDDEN' })
      }
      for (const query of ['host=10.0.0.5', 'host=127.0.0.1', 'host=/var/run/postgresql', '']) {
        await expect(link(`${driver}://u:p@/x?${query}`), query).rejects.toMatchObject({ code: 'FORBIDDEN' })
      }
    },
  )

  test('a host that the operator allows can be linked', async () => {
    const { link } = await person({ ...SHARED, CONNECTORS_ALLOWED_HOSTS: '127.0.0.1, db.internal' })
    // Nobody listens there, so it gets as far as the connection.
    await expect(link('postgresql://u:p@127.0.0.1:1/x')).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test('addresses that the operator configured may be private, and no others', () => {
    const { egress } = outboundOf(
      readConfig({
        HOME: '/nowhere',
        ...SHARED,
        CONNECTORS_GITHUB_API_URL: 'https://github.internal/api/v3',
        // Of a family, and of a further host of one connector.
        CONNECTORS_GOOGLE_TOKEN_URL: 'https://login.internal/token',
        CONNECTORS_GOOGLE_DRIVE_UPLOAD_URL: 'https://upload.internal/drive',
      }),
    )
    for (const configured of [
      'https://github.internal/api/v3/user',
      'https://login.internal/token',
      'https://upload.internal/drive/files',
    ])
      expect(() => egress.check(new URL(configured))).not.toThrow()
    expect(() => egress.check(new URL('https://10.0.0.1/'))).toThrow()
    expect(() => egress.check(new URL('http://127.0.0.1:1/'))).toThrow()
  })
})
