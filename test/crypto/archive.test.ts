import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import { Secret } from '../../src/base/secret.js'
import { type ArchiveKey, archiveKey, openArchive, sealArchive } from '../../src/crypto/index.js'

const PASSPHRASE = new Secret('correct horse battery')
const RECORDS = ['first', '', 'drei – 三 \uFEFF', '{"a":1}', 'x'.repeat(5000)]

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What came out before it was refused, and the sentence. */
async function refusal(lines: readonly string[], key: ArchiveKey): Promise<{ before: string[]; message: string }> {
  const before: string[] = []
  try {
    for await (const record of openArchive(key, each(lines))) before.push(record)
  } catch (error) {
    if (!(error instanceof ConnectorsError)) throw error
    expect(error.code).toBe('INVALID_PARAMETERS')
    return { before, message: error.message }
  }
  throw new Error('the archive was accepted')
}

describe('an archive', () => {
  let lines: string[]
  let key: ArchiveKey
  beforeAll(async () => {
    lines = await collect(sealArchive(PASSPHRASE, each(RECORDS)))
    key = await archiveKey(lines[0] ?? '', PASSPHRASE)
  })

  test('returns the sealed records in order', async () => {
    expect(lines).toHaveLength(RECORDS.length + 2)
    expect(await collect(openArchive(key, each(lines)))).toEqual(RECORDS)
  })

  test('has a readable first line on how the key is derived, and nothing else readable', () => {
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      format: 'connectors-mcp export',
      version: 1,
      kdf: { name: 'scrypt', N: 131_072, r: 8, p: 1, salt: expect.stringMatching(/^[\w-]{22}$/) },
    })
    for (const line of lines.slice(1)) expect(line).toMatch(/^v1\.(record|end)\.[\w-]{16}\.[\w-]+$/)
  })

  test('without records is complete as well', async () => {
    const empty = await collect(sealArchive(PASSPHRASE, each([])))
    expect(empty).toHaveLength(2)
    expect(await collect(openArchive(await archiveKey(empty[0] ?? '', PASSPHRASE), each(empty)))).toEqual([])
  })

  test('opens with the passphrase in another Unicode spelling, and with no other', async () => {
    const [spelt, other] = [new Secret('zürich-Zürich'), new Secret('zu\u0308rich-Zu\u0308rich')]
    const sealed = await collect(sealArchive(spelt, each(['x'])))
    expect(await collect(openArchive(await archiveKey(sealed[0] ?? '', other), each(sealed)))).toEqual(['x'])
    const wrong = await archiveKey(sealed[0] ?? '', new Secret('Zürich-zürich'))
    expect(await refusal(sealed, wrong)).toEqual({ before: [], message: expect.stringContaining('passphrase') })
  })

  test('with any changed character after the first line is refused at that line', async () => {
    const place = fc.integer({ min: 1, max: RECORDS.length + 1 })
    await fc.assert(
      fc.asyncProperty(place, fc.nat(), fc.constantFrom(...'Az09-_. \u2028{'), async (number, at, character) => {
        const line = lines[number] ?? ''
        const changed = line.slice(0, at % line.length) + character + line.slice((at % line.length) + 1)
        fc.pre(changed !== line)
        const { before, message } = await refusal(lines.with(number, changed), key)
        expect(before).toEqual(RECORDS.slice(0, number - 1))
        expect(message).toContain(number === 1 ? 'passphrase' : `Line ${number + 1} `)
      }),
      { numRuns: 300 },
    )
  })

  test('with lines reordered, left out, repeated or added is refused', async () => {
    const indexes = fc.array(fc.integer({ min: 0, max: RECORDS.length + 1 }), { maxLength: RECORDS.length + 4 })
    const whole = lines.map((_, index) => index)
    const near = fc.oneof(
      indexes,
      fc.shuffledSubarray(whole, { minLength: 0, maxLength: whole.length }),
      fc.tuple(fc.nat(whole.length - 1), fc.nat(whole.length)).map(([from, to]) => whole.toSpliced(to, 0, from)),
      fc.nat(whole.length - 1).map((out) => whole.toSpliced(out, 1)),
    )
    await fc.assert(
      fc.asyncProperty(near, async (chosen) => {
        fc.pre(chosen.join() !== whole.join())
        const { before } = await refusal(
          chosen.map((index) => lines[index] ?? ''),
          key,
        )
        expect(before).toEqual(RECORDS.slice(0, before.length))
      }),
      { numRuns: 300 },
    )
  })

  test('truncated anywhere is refused', async () => {
    const text = lines.join('\n')
    for (let length = 0; length < text.length; length += 37) {
      await refusal(text.slice(0, length).split('\n'), key)
    }
  })

  test('with a line of another archive under the same passphrase is refused', async () => {
    const other = await collect(sealArchive(PASSPHRASE, each(RECORDS)))
    for (let number = 0; number < lines.length; number++) {
      await refusal(lines.with(number, other[number] ?? ''), key)
    }
    // Not even under the other header: its salt gives another key.
    const mixed = await archiveKey(other[0] ?? '', PASSPHRASE)
    await refusal([other[0] ?? '', ...lines.slice(1)], mixed)
  })

  test('with another or an invalid header is refused before any key is derived', async () => {
    const header = JSON.parse(lines[0] ?? '')
    const bad = [
      '',
      'null',
      '[]',
      'SQLite format 3',
      { ...header, format: 'other' },
      { ...header, version: 0 },
      { ...header, more: 1 },
      { ...header, kdf: { ...header.kdf, N: 2 ** 30 } },
      { ...header, kdf: { ...header.kdf, N: 2 } },
      { ...header, kdf: { ...header.kdf, r: 2 ** 20 } },
      { ...header, kdf: { ...header.kdf, salt: '' } },
    ]
    for (const form of bad) {
      const text = typeof form === 'string' ? form : JSON.stringify(form)
      await expect(archiveKey(text, PASSPHRASE)).rejects.toThrow(/not an export of connectors-mcp/)
    }
    await expect(archiveKey(JSON.stringify({ ...header, version: 2 }), PASSPHRASE)).rejects.toThrow(/newer version/)
  })
})
