import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closePorts, newPort, openSession, upstreamOf } from '../harness.js'

afterAll(closePorts)

/** A greeting of MySQL that offers TLS. @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html */
const GREETING = Buffer.concat([
  Buffer.from('\x0a8.4.0\0\x01\0\0\0abcdefgh\0', 'latin1'),
  Buffer.from([0x09, 0xaa, 45, 2, 0, 0x08, 0, 21]),
  Buffer.from(`${'\0'.repeat(10)}abcdefghijkl\0mysql_native_password\0`),
])
const REFUSED = Buffer.from('\xff\x15\x04#28000no', 'latin1')
/** Its length, in bytes. */
const SSL_REQUEST = 36
const packet = (number: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([content.length, 0, 0, number]), content])

describe.skipIf(!existsSync('/usr/bin/openssl'))('MySQL: the certificate of the server (needs openssl)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'connectors-mysql-tls-'))
  const servers: { close(): void }[] = []
  afterAll(() => {
    for (const server of servers) server.close()
    rmSync(folder, { recursive: true })
  })
  const [forAddress, forName] = [join(folder, 'address'), join(folder, 'name')]
  beforeAll(() => {
    for (const [file, names] of [
      [forAddress, 'IP:127.0.0.1'],
      [forName, 'DNS:localhost'],
    ] as const) {
      const files = [
        '-keyout',
        `${file}.key`,
        '-out',
        `${file}.crt`,
        '-subj',
        '/CN=x',
        '-addext',
        `subjectAltName=${names}`,
      ]
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files], {
        stdio: 'ignore',
      })
    }
  })

  /** Refuses every login, but only inside of TLS. @returns its port */
  async function secureServer(file: string): Promise<number> {
    const server = createServer((socket: Socket) => {
      socket.on('error', () => socket.destroy())
      socket.write(packet(0, GREETING))
      socket.once('data', (sent) => {
        socket.pause()
        // The request for TLS, and perhaps what already begins it.
        if (sent.length > SSL_REQUEST) socket.unshift(sent.subarray(SSL_REQUEST))
        const secureContext = createSecureContext({
          cert: readFileSync(`${file}.crt`),
          key: readFileSync(`${file}.key`),
        })
        const secure = new TLSSocket(socket, { isServer: true, secureContext })
        secure.on('error', () => socket.destroy())
        secure.once('data', () => secure.end(packet(3, REFUSED)))
      })
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  const failure = async (file: string, host: string) => {
    const port = await secureServer(file)
    const url = `mysql://u:p@${host}:${port}/d?sslmode=verify-full&sslrootcert=${file}.crt`
    return openSession(newPort({ resolveHost: async () => '127.0.0.1' }), `${file} ${host}`, { url }).failure(
      'select 1',
    )
  }

  test('is accepted for the linked address or name', async () => {
    expect(await failure(forAddress, '127.0.0.1')).toMatchObject({ name: 'CredentialRefused' })
    expect(await failure(forName, 'localhost')).toMatchObject({ name: 'CredentialRefused' })
  })

  test('is refused for another host, and the login is not sent', async () => {
    for (const [file, host] of [
      [forName, '127.0.0.1'],
      [forAddress, 'localhost'],
      [forName, 'db.example'],
    ] as const) {
      const error = await failure(file, host)
      expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' })
      expect(upstreamOf(error)).toMatchObject({ code: 'HANDSHAKE_SSL_ERROR' })
    }
  })
})
