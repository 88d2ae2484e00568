import { connect as connectSocket, type Socket, type SocketConnectOpts } from 'node:net'

/**
 * Which of the two answers, from the first packet that a server of MySQL's protocol sends unasked: three bytes of length,
 * the number 0, the version 10 of the protocol, the version of the server.
 * @returns undefined for anything else
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
 */
export function mysqlGreeting(first: Buffer): 'mysql' | 'mariadb' | undefined {
  if (first.length < 6 || first[3] !== 0 || first[4] !== 10) return undefined
  const end = first.indexOf(0, 5)
  const version = first.toString('latin1', 5, end === -1 ? Math.min(first.length, 200) : end)
  return /^\d/.test(version) ? (/mariadb/i.test(version) ? 'mariadb' : 'mysql') : undefined
}

/** @see https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/**
 * Asks on a connection of its own whether a PostgreSQL answers there: it says one letter to the question for TLS.
 * @param told called at most once, only if it does
 * @returns ends the asking
 */
export function askForPostgres(to: SocketConnectOpts, told: () => void): () => void {
  const socket: Socket = connectSocket(to)
  socket.on('error', () => undefined)
  socket.once('connect', () => socket.write(SSL_REQUEST))
  socket.once('data', (answer) => {
    socket.destroy()
    if (answer.length === 1 && (answer[0] === 0x53 || answer[0] === 0x4e)) told()
  })
  return () => socket.destroy()
}
