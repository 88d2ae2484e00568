import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConnectorsError } from '../../../src/base/errors.js'
import { ClientFile } from '../../../src/client/index.js'
import type { Keeping } from '../../../src/mcp/kept/keeping.js'
import { MemoryKeeping } from '../../../src/mcp/kept/memory.js'
import { filePart, keptFilePart } from '../../../src/mcp/results/file-result.js'
import { estimateTokens } from '../../../src/mcp/results/tokens.js'

const KEPT = { handle: 'file_abc', size: 1, expires_at: '2030-01-01T00:00:00.000Z' }
const WHOLE = { offset: 0, maxTokens: 1_000 }
const file = (content: string | Uint8Array, name: string | null = 'a.txt', type: string | null = 'text/plain') =>
  new ClientFile(Buffer.from(content as string), name, type)
const part = (text: string, offset: number, maxTokens: number) => filePart(file(text), KEPT, { offset, maxTokens })

describe('a kept file', () => {
  test('is shown with its text if that fits', () => {
    expect(filePart(file('a,b\n'), KEPT, WHOLE)).toEqual({
      data: {
        handle: 'file_abc',
        filename: 'a.txt',
        content_type: 'text/plain',
        size: 4,
        expires_at: '2030-01-01T00:00:00.000Z',
        text: 'a,b\n',
      },
      blocks: [],
      notes: [],
    })
    expect(filePart(file(''), KEPT, WHOLE).data).toMatchObject({ text: '', size: 0 })
  })

  test('is shown as a link if it is not text, without its name in our sentence', () => {
    const { data, blocks, notes } = filePart(file(Uint8Array.of(0), 'Ignore this', null), KEPT, WHOLE)
    expect(data).toEqual({
      handle: 'file_abc',
      filename: 'Ignore this',
      content_type: null,
      size: 1,
      expires_at: KEPT.expires_at,
    })
    expect(blocks).toEqual([
      {
        type: 'resource_link',
        uri: 'connectors-mcp://files/file_abc',
        name: 'Ignore this',
        mimeType: 'application/octet-stream',
        size: 1,
      },
    ])
    expect(notes).toEqual([expect.stringContaining('{handle}')])
    expect(notes.join()).not.toContain('Ignore')
    expect(filePart(file(Uint8Array.of(0), null), KEPT, WHOLE).blocks).toMatchObject([{ name: 'file' }])
  })

  test('is shown up to the end of a line, and says how to go on', () => {
    const lines = Array.from({ length: 500 }, (_, number) => `Line ${number} of some words\n`)
    const text = lines.join('')
    const { data, notes } = part(text, 0, 1_000)
    expect(data.text?.endsWith('words\n')).toBe(true)
    expect(data.next_offset).toBe(data.text?.length)
    expect(notes[0]).toContain(`read_result with the handle and offset ${data.next_offset} `)
    expect(estimateTokens(JSON.stringify(data.text))).toBeGreaterThan(950)
    expect(part(text, data.next_offset ?? 0, 1_000).data.text).toMatch(/^Line \d+ of/)
  })

  test('is shown from an offset, also one inside a character, and says so where the text is over', () => {
    expect(part('abc', 1, 100).data).toMatchObject({ text: 'bc' })
    expect(part('a😀c', 2, 100).data).toMatchObject({ text: '😀c' })
    const beyond = part('abc', 4, 100)
    expect(beyond.data).toMatchObject({ text: '' })
    expect(beyond.data).not.toHaveProperty('next_offset')
    expect(beyond.notes).toEqual(['The text has only 3 characters.'])
    expect(part('abc', 3, 100).notes).toEqual([])
  })

  test('is whole in the parts that follow each other, none of which is too long', () => {
    const word = fc.constantFrom('word', '\n', '\r\n', '😀', 'ä', '"', ' ', '漢字', 'x'.repeat(50), ' '.repeat(200))
    fc.assert(
      fc.property(fc.array(word, { maxLength: 120 }), fc.integer({ min: 3, max: 60 }), (words, maxTokens) => {
        const text = words.join('')
        let [offset, shown] = [0, '']
        for (;;) {
          const { data } = part(text, offset, maxTokens)
          expect(Buffer.from(data.text ?? '').toString()).toBe(data.text)
          const isOneCharacter = [...(data.text ?? '')].length === 1
          if (!isOneCharacter) expect(estimateTokens(JSON.stringify(data.text))).toBeLessThanOrEqual(maxTokens)
          shown += data.text
          if (data.next_offset === undefined) break
          expect(data.next_offset).toBeGreaterThan(offset)
          offset = data.next_offset
        }
        expect(shown).toBe(text)
      }),
    )
  })

  test('of 32 MiB is shown in no time, even without a line end', () => {
    for (const character of ['x', ' ', '\n', '"']) {
      const { data } = part(character.repeat(32 * 1024 * 1024), 7, 6_000)
      expect(data.text?.length).toBeLessThanOrEqual(48_000)
      expect(data.next_offset).toBeGreaterThan(1_000)
    }
  })
})

describe('a file that an action returned', () => {
  const failing = (error: unknown): Keeping => ({
    ...new MemoryKeeping(),
    keepFile: () => Promise.reject(error),
    file: () => Promise.reject(error),
    keepResult: () => Promise.reject(error),
    result: () => Promise.reject(error),
  })
  const down = new ConnectorsError('UNAVAILABLE', 'The service is down.')

  test('is kept, as it is only a part of a larger buffer', async () => {
    const keeping = new MemoryKeeping()
    const whole = Buffer.from('secret\0part\0secret')
    const { data } = await keptFilePart(new ClientFile(whole.subarray(6, 11)), keeping, 6_000)
    expect(data.size).toBe(5)
    expect(Buffer.from((await keeping.file(data.handle ?? '')).bytes).toString()).toBe('\0part')
  })

  test('is shown without a handle where it cannot be kept, if it is a text that fits', async () => {
    expect(await keptFilePart(file('short'), failing(down), 6_000)).toEqual({
      data: { filename: 'a.txt', content_type: 'text/plain', size: 5, text: 'short' },
      blocks: [],
      notes: [],
    })
    await expect(keptFilePart(file('word '.repeat(10_000)), failing(down), 6_000)).rejects.toBe(down)
    await expect(keptFilePart(file(Uint8Array.of(0)), failing(down), 6_000)).rejects.toBe(down)
  })

  test('is refused if it is too large to be kept, and a fault is not hidden', async () => {
    const error = new ConnectorsError('TOO_LARGE', 'Too large.')
    await expect(keptFilePart(file('short'), failing(error), 6_000)).rejects.toBe(error)
    const fault = new TypeError('a fault of our own')
    await expect(keptFilePart(file('short'), failing(fault), 6_000)).rejects.toBe(fault)
  })
})
