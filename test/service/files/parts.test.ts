import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PART_BYTES, partOf, partsOf } from '../../../src/service/files/sealed-parts.js'

const MIB = 1024 * 1024
/** Any length, and above all those where a part begins or ends. */
const lengths = fc.oneof(
  fc.integer({ min: 0, max: 4 * MIB }),
  fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -2, max: 2 })).map(([whole, off]) => whole * MIB + off),
)

/** The parts of a content of that many bytes, whose bytes differ from part to part. */
function partsOfLength(length: number): { bytes: Uint8Array; parts: Uint8Array[] } {
  const bytes = new Uint8Array(Math.max(length, 0)).map((_, at) => (at * 31 + Math.floor(at / MIB)) % 251)
  return { bytes, parts: Array.from({ length: partsOf(bytes.length) }, (_, number) => partOf(bytes, number)) }
}

test('the parts of any content are the content again, none is empty, and none but the last is not full', () => {
  fc.assert(
    fc.property(lengths, (length) => {
      const { bytes, parts } = partsOfLength(length)
      expect(Buffer.concat(parts).equals(bytes)).toBe(true)
      expect(parts.slice(0, -1).every((part) => part.byteLength === PART_BYTES)).toBe(true)
      expect(parts.every((part) => part.byteLength > 0 && part.byteLength <= MIB)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test.each([
  [0, []],
  [1, [1]],
  [MIB - 1, [MIB - 1]],
  [MIB, [MIB]],
  [MIB + 1, [MIB, 1]],
  [2 * MIB, [MIB, MIB]],
  [2 * MIB + 1, [MIB, MIB, 1]],
])('%i bytes are parts of %j bytes', (length, sizes) => {
  expect(partsOfLength(length).parts.map((part) => part.byteLength)).toEqual(sizes)
})
