// The third party of the HTTP measurements, in a process of its own: it keeps connections open and answers everything with the record.
// It prints its address and ends with its standard input.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RECORD } from './record.js'

const body = JSON.stringify(RECORD)
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }

const server = createServer({ keepAliveTimeout: 600_000 }, (_request, response) => {
  response.writeHead(200, headers).end(body)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.stdin.resume().once('end', () => process.exit())
