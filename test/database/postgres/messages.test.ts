import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joined, type Naming, ownStatements, roundTrip, UNNAMED } from '../../../src/database/postgres/messages.js'

/** The messages in some bytes, each with its letter; they must end where the last one does. */
function messagesIn(bytes: Buffer): [string, Buffer][] {
  const found: [string, Buffer][] = []
  let at = 0
  while (at < bytes.length) {
    const end = at + 1 + bytes.readInt32BE(at + 1)
    found.push([String.fromCharCode(bytes[at] as number), bytes.subarray(at + 5, end)])
    at = end
  }
  expect(at).toBe(bytes.length)
  return found
}

/** The values of a Bind message, as the server reads them. @see https://www.postgresql.org/docs/current/protocol-message-formats.html */
function valuesOf(bind: Buffer): { portal: string; statement: string; values: (string | null)[] } {
  const [first, second] = [bind.indexOf(0), bind.indexOf(0, bind.indexOf(0) + 1)]
  let at = second + 1
  const formats = bind.readUInt16BE(at)
  // All values are text.
  for (at += 2; at < second + 3 + 2 * formats; at += 2) expect(bind.readInt16BE(at)).toBe(0)
  const values = Array.from({ length: bind.readUInt16BE(at) }, () => undefined) as unknown as (string | null)[]
  at += 2
  for (const index of values.keys()) {
    const length = bind.readInt32BE(at)
    at += 4
    values[index] = length === -1 ? null : bind.toString('utf8', at, at + Math.max(0, length))
    at += Math.max(0, length)
  }
  // And so are all columns.
  expect(bind.subarray(at)).toEqual(Buffer.from([0, 1, 0, 0]))
  return { portal: bind.toString('utf8', 0, first), statement: bind.toString('utf8', first + 1, second), values }
}

const NONE = ownStatements([])
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((given) => given.replaceAll('\0', ''))

test('everything of one round trip is there, and nothing else, whatever text and values are', () => {
  const values = fc.array(fc.option(fc.string({ unit: 'grapheme' })), { maxLength: 10 })
  fc.assert(
    fc.property(text, values, fc.nat(10_000), (sql, given, rows) => {
      const types = given.map((_, index) => (index === 0 ? 4_000_000_000 : index))
      const [before, behind] = [ownStatements(['begin', 'select 1']), ownStatements(['rollback'])]
      const messages = messagesIn(roundTrip({ text: sql, values: given, types, rows }, UNNAMED, before, behind))
      expect(messages.map(([letter]) => letter).join('')).toBe('PBEPBEPBDEPBES')
      const [parse, bind, , execute] = messages.slice(6).map(([, content]) => content) as [
        Buffer,
        Buffer,
        Buffer,
        Buffer,
      ]
      expect(parse.toString('utf8', 1, 1 + Buffer.byteLength(sql))).toBe(sql)
      const count = 2 + Buffer.byteLength(sql)
      expect(parse.readUInt16BE(count)).toBe(types.length)
      expect(types.map((_, index) => parse.readUInt32BE(count + 2 + 4 * index))).toEqual(types)
      expect(parse).toHaveLength(count + 2 + 4 * types.length)
      expect(valuesOf(bind)).toEqual({ portal: '', statement: '', values: given })
      expect(execute).toEqual(Buffer.from([0, rows >> 24, rows >> 16, rows >> 8, rows].map((byte) => byte & 255)))
    }),
  )
})

test('a statement that the server keeps is named, and neither parsed nor described where that is known', () => {
  const sent = (naming: Naming) =>
    messagesIn(roundTrip({ text: 'select $1', values: ['x'], types: [25], rows: 0 }, naming, NONE, NONE))
  const first = sent({ name: 'n_1', parse: true, describe: true, close: 'n_0' })
  expect(first.map(([letter]) => letter).join('')).toBe('CPBDES')
  expect(first[0]?.[1].toString()).toBe('Sn_0\0')
  expect(first[1]?.[1].toString('utf8', 0, 14)).toBe('n_1\0select $1\0')
  const again = sent({ name: 'n_1', parse: false, describe: false })
  expect(again.map(([letter]) => letter).join('')).toBe('BES')
  expect(valuesOf(again[0]?.[1] as Buffer)).toEqual({ portal: '', statement: 'n_1', values: ['x'] })
})

test('statements of this service are counted, and joined in their order', () => {
  const both = joined(ownStatements(['a']), ownStatements(['b', 'c'], { names: ['n_1', 'n_2'], parse: false }))
  expect(both.count).toBe(3)
  expect(
    messagesIn(both.bytes)
      .map(([letter]) => letter)
      .join(''),
  ).toBe('PBEBEBE')
  expect(joined(NONE, both)).toBe(both)
})
