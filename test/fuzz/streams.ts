import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One turn of a session: what the client sent, nothing where the server speaks first, and what the server said to it. */
export interface Turn {
  sent: Buffer
  said: Buffer
}

export interface Recorder {
  /** Where to connect to. */
  port: number
  /** A list of turns for each connection so far. */
  sessions: Turn[][]
  close(): void
}

/** Relays to a real server and records what is said. */
export async function recorder(serverPort: number): Promise<Recorder> {
  const sessions: Turn[][] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const turns: Turn[] = [{ sent: Buffer.alloc(0), said: Buffer.alloc(0) }]
    sessions.push(turns)
    const upstream = connect(serverPort, '127.0.0.1')
    for (const end of [client, upstream]) {
      sockets.add(end)
      end.on('error', () => end.destroy())
    }
    client.on('data', (sent) => {
      turns.push({ sent, said: Buffer.alloc(0) })
      upstream.write(sent)
    })
    upstream.on('data', (said) => {
      const turn = turns.at(-1)
      if (turn) turn.said = Buffer.concat([turn.said, said])
      client.write(said)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, sessions, close }
}

/** Numbers that look random and are the same for the same seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

export type Random = (below: number) => number
export type Parts = (bytes: Buffer) => Buffer[]

/** The messages in what a PostgreSQL server said. */
export const postgresMessages: Parts = (bytes) => {
  const parts: Buffer[] = []
  let at = 0
  while (at + 5 <= bytes.length) {
    const end = Math.min(bytes.length, at + 1 + Math.max(4, bytes.readInt32BE(at + 1)))
    parts.push(bytes.subarray(at, end))
    at = end
  }
  if (at < bytes.length) parts.push(bytes.subarray(at))
  return parts
}

/** The packets in what a MySQL server said. */
export const mysqlPackets: Parts = (bytes) => {
  const parts: Buffer[] = []
  let at = 0
  while (at + 4 <= bytes.length) {
    const end = Math.min(bytes.length, at + 4 + bytes.readUIntLE(at, 3))
    parts.push(bytes.subarray(at, end))
    at = end
  }
  if (at < bytes.length) parts.push(bytes.subarray(at))
  return parts
}

const LENGTHS = [0, 1, 3, 4, 5, 255, 65_535, 0x7fff_ffff, -1, 0x4000_0000, 0x00ff_ffff]
const TYPES = 'EZRSKCDTNAGHWdcsIntV123vX'

/** The changes, each of which makes a lie of what a server said. */
const CHANGES: readonly ((parts: Buffer[], at: number, random: Random) => void)[] = [
  function flipByte(parts, at, random) {
    const part = parts[at]
    if (part && part.length > 0) part[random(part.length)] = random(256)
  },
  function flipBits(parts, at, random) {
    const part = parts[at]
    for (let bit = 0; part && bit < 8 && part.length > 0; bit += 1) {
      const place = random(part.length)
      part[place] = (part[place] ?? 0) ^ (1 << random(8))
    }
  },
  function cut(parts, at, random) {
    parts[at] = parts[at]?.subarray(0, random((parts[at]?.length ?? 0) + 1)) ?? Buffer.alloc(0)
  },
  function emptyBody(parts, at) {
    const part = parts[at]
    if (!part || part.length < 5) return
    const isMysql = part.readUIntLE(0, 3) + 4 === part.length
    parts[at] = Buffer.from(part.subarray(0, isMysql ? 4 : 5))
    if (isMysql) parts[at]?.writeUIntLE(0, 0, 3)
    else parts[at]?.writeInt32BE(4, 1)
  },
  function repeat(parts, at, random) {
    const part = parts[at] ?? Buffer.alloc(0)
    parts.splice(at, 0, ...Array.from({ length: 1 + random(20) }, () => Buffer.from(part)))
  },
  function drop(parts, at) {
    parts.splice(at, 1)
  },
  function swap(parts, at, random) {
    const other = random(parts.length)
    const [one, two] = [parts[at], parts[other]]
    if (one && two) [parts[at], parts[other]] = [two, one]
  },
  function reverse(parts) {
    parts.reverse()
  },
  function swell(parts, at, random) {
    parts[at] = Buffer.concat([parts[at] ?? Buffer.alloc(0), Buffer.alloc(random(5_000), random(256))])
  },
  function wrongLength(parts, at, random) {
    const part = parts[at]
    const length = LENGTHS[random(LENGTHS.length)] ?? 0
    if (!part || part.length < 5) return
    if (random(2) === 0) part.writeInt32BE(length, 1)
    else part.writeUIntLE(length & 0xff_ffff, 0, 3)
  },
  function wrongCount(parts, at, random) {
    const part = parts[at]
    if (part && part.length > 9) part.writeInt16BE(((LENGTHS[random(LENGTHS.length)] ?? 0) << 16) >> 16, 5 + random(3))
  },
  function otherType(parts, at, random) {
    const part = parts[at]
    if (part && part.length > 4) part[random(2) * 4] = TYPES.charCodeAt(random(TYPES.length))
  },
  function noise(parts, at, random) {
    parts[at] = Buffer.from(Array.from({ length: 1 + random(300) }, () => random(256)))
  },
  function emptyMessages(parts, at, random) {
    const messages = Array.from({ length: 1 + random(6) }, () =>
      Buffer.from([TYPES.charCodeAt(random(TYPES.length)), 0, 0, 0, 4]),
    )
    parts.splice(at, 0, ...messages)
  },
  function sequence(parts, at, random) {
    const part = parts[at]
    if (part && part.length > 3) part[3] = random(256)
  },
]

const DEADLY = new Set(['emptyBody', 'emptyMessages', 'otherType'])

/**
 * Changes what a server said in one of its turns.
 * @returns the turn, and which change it was
 */
export function mutated(said: Buffer, split: Parts, random: Random): { bytes: Buffer; change: string } {
  const parts = split(Buffer.from(said))
  if (parts.length === 0) parts.push(Buffer.alloc(0))
  let change = CHANGES[random(CHANGES.length)]
  // Each of those costs a process, which makes them dear.
  if (change && DEADLY.has(change.name) && random(4) !== 0) change = CHANGES[0]
  change?.(parts, random(parts.length), random)
  // Now and then a second one.
  if (random(4) === 0 && parts.length > 0) CHANGES[random(CHANGES.length)]?.(parts, random(parts.length), random)
  return { bytes: Buffer.concat(parts), change: change?.name ?? '' }
}
