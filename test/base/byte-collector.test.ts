import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteCollector } from '../../src/base/byte-collector.js'

test('the pieces come out as one, in their order, whatever their sizes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }), (pieces) => {
      const collector = new ByteCollector()
      for (const piece of pieces) collector.push(piece)
      const whole = Buffer.concat(pieces)
      expect(collector.size).toBe(whole.length)
      expect(collector.whole().equals(whole)).toBe(true)
    }),
  )
})

test('a piece that its sender overwrites afterwards was copied', () => {
  const collector = new ByteCollector()
  const piece = Buffer.from('first')
  collector.push(piece)
  piece.fill(0)
  expect(collector.whole().toString()).toBe('first')
})

test('a body in single bytes takes memory of about its size', () => {
  const collector = new ByteCollector()
  const piece = Uint8Array.of(7)
  for (let at = 0; at < 1_000_000; at++) collector.push(piece)
  expect(collector.whole().buffer.byteLength).toBeLessThanOrEqual(2_100_000)
})
