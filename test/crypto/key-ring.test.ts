import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import { KeyRing } from '../../src/crypto/index.js'

const keyLines = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
const keyOf = (text: string): string => keyLines(text)[0]?.split(' ')[1] ?? ''

function refusal(text: string): ConnectorsError {
  try {
    KeyRing.parse(text)
  } catch (error) {
    if (error instanceof ConnectorsError) return error
    throw error
  }
  throw new Error('the key file was accepted')
}

test('a generated key ring has one key, and can be parsed from its text', () => {
  const { ring, text } = KeyRing.generate()
  expect(ring.ids).toEqual([ring.currentId])
  expect(ring.currentId).toMatch(/^[0-9a-f]{16}$/)
  expect(KeyRing.parse(text).ids).toEqual(ring.ids)
  expect(KeyRing.generate().ring.currentId).not.toBe(ring.currentId)
})

/** The id must never change for a key: sealed texts carry it. Computed by hashlib over label and key. */
test('the id of a key depends on the key alone', () => {
  const text = '2dcc931db2580eef AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
  expect(KeyRing.parse(text).currentId).toBe('2dcc931db2580eef')
})

test('a rotation puts a new key first and keeps the others', () => {
  const first = KeyRing.generate()
  const second = first.ring.rotate()
  const third = second.ring.rotate()
  expect(third.ring.ids).toEqual([third.ring.currentId, second.ring.currentId, first.ring.currentId])
  expect(KeyRing.parse(third.text).ids).toEqual(third.ring.ids)
  expect(third.text).toContain(keyOf(first.text))
})

test('a key file may have comments, empty lines, a byte order mark and Windows line ends', () => {
  const { ring, text } = KeyRing.generate()
  const old = KeyRing.generate()
  const [mine, theirs] = [keyLines(text)[0], keyLines(old.text)[0]]
  const written = `\uFEFF# made in May\r\n\r\n  ${mine?.replace(' ', '\t ')}  \r\n   # the old one\r\n${theirs}`
  expect(KeyRing.parse(written).ids).toEqual([ring.currentId, old.ring.currentId])
})

test('an invalid key file is refused with advice, and without quoting it', () => {
  const { text } = KeyRing.generate()
  const other = KeyRing.generate()
  const line = keyLines(text)[0] ?? ''
  const [id, key] = line.split(' ')
  const cases: [string, string][] = [
    ['', 'holds no key'],
    ['# nothing\n', 'holds no key'],
    [`${line}\n${line}`, 'the same key twice'],
    [`${key}`, 'line 1'],
    [`# x\n${line}\n${key} ${id}`, 'line 3'],
    [`${id} ${key?.slice(0, -1)}`, 'line 1'],
    [`${id} ${key}A`, 'line 1'],
    [`${id} ${key} ${key}`, 'line 1'],
    [`${id} ${key}=`, 'line 1'],
    [`${other.ring.currentId} ${key}`, 'does not belong to the key'],
    [`${id} ${keyOf(other.text)}`, 'does not belong to the key'],
  ]
  for (const [bad, fault] of cases) {
    const error = refusal(bad)
    expect(error.code).toBe('MISCONFIGURED')
    expect(error.message).toContain(fault)
    expect(error.message).toContain('restore the file from its copy')
    for (const secret of [key, id, keyOf(other.text)]) expect(error.message).not.toContain(secret)
    expect(error.cause).toBeUndefined()
    expect(error.details).toBeUndefined()
  }
})

test('every changed character of a key line is detected', () => {
  const line = keyLines(KeyRing.generate().text)[0] ?? ''
  for (let index = 0; index < line.length; index++) {
    for (const other of 'Az09f-_ .#') {
      const changed = line.slice(0, index) + other + line.slice(index + 1)
      if (changed !== line && changed.trim() !== '') expect(refusal(changed).code).toBe('MISCONFIGURED')
    }
  }
})

test('parsing any text as a key file gives a key ring or the documented error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(refusal(text).code).toBe('MISCONFIGURED')
    }),
  )
})

test('printing or serialising a key ring shows no key', () => {
  const { ring, text } = KeyRing.generate()
  const key = keyOf(text)
  const hex = Buffer.from(key, 'base64url').toString('hex')
  for (const shown of [inspect(ring, { depth: 9, showHidden: true }), JSON.stringify(ring), String(ring), `${ring}`]) {
    expect(shown).not.toContain(key)
    expect(shown.replaceAll(/[ ,]|0x/g, '')).not.toContain(hex.slice(0, 16))
  }
})
