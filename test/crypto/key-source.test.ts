import { expect, test } from 'vitest'
import { KeyRing, KeySource, newKeyLine, unwrapKey, wrapKey } from '../../src/crypto/index.js'

const DATA_KEY = new Uint8Array(32).fill(7)

test('text sealed with a newer key is opened after reading the keys once more', async () => {
  const { ring } = KeyRing.generate()
  const rotated = ring.rotate().ring
  let readings = 0
  const source = new KeySource(ring, async () => {
    readings += 1
    return rotated
  })
  const [old, fresh] = [wrapKey(ring, DATA_KEY, []), wrapKey(rotated, DATA_KEY, [])]
  expect(unwrapKey(await source.ringFor(old), old, [])).toEqual(Buffer.from(DATA_KEY))
  expect(readings).toBe(0)
  const rings = await Promise.all(Array.from({ length: 5 }, () => source.ringFor(fresh)))
  for (const found of rings) expect(unwrapKey(found, fresh, [])).toEqual(Buffer.from(DATA_KEY))
  expect(readings).toBe(1)
  expect(source.ring).toBe(rotated)
})

test('a missing key fails after one more read, a failing source says so, and both keep the ring', async () => {
  const { ring } = KeyRing.generate()
  const foreign = wrapKey(KeyRing.generate().ring, DATA_KEY, [])
  let readings = 0
  const source = new KeySource(ring, async () => {
    readings += 1
    if (readings === 2) throw new Error('the command failed')
    return ring
  })
  expect(() => unwrapKey(ring, foreign, [])).toThrow('cannot be opened')
  expect(unwrapKey.bind(null, await source.ringFor(foreign), foreign, [])).toThrow('cannot be opened')
  expect(readings).toBe(1)
  await expect(source.ringFor(foreign)).rejects.toThrow('the command failed')
  expect(source.ring).toBe(ring)
  expect((await source.latest()).currentId).toBe(ring.currentId)
})

test('the keys of a ring may be on one line separated by commas', () => {
  const lines = [newKeyLine(), newKeyLine(), newKeyLine()]
  const ids = lines.map(({ id }) => id)
  const texts = lines.map(({ line }) => line)
  for (const text of [texts.join(','), texts.join(' , '), `${texts.join(',')},`, `# a, b\n${texts.join(',\n')}`]) {
    expect(KeyRing.parse(text).ids).toEqual(ids)
  }
  expect(() => KeyRing.parse(`${texts[0]},x`, 'The setting X')).toThrow(/^The setting X cannot be used: line 1 /)
  expect(() => KeyRing.parse('# only, this')).toThrow('it holds no key')
})

test('removing keys keeps the others in order, and always the current one', () => {
  const ring = KeyRing.generate().ring.rotate().ring.rotate().ring
  const [first, second, third] = ring.ids
  expect(ring.without([second ?? '']).ring.ids).toEqual([first, third])
  expect(ring.without([]).ring.ids).toEqual(ring.ids)
  expect(() => ring.without([first ?? ''])).toThrow(TypeError)
})
