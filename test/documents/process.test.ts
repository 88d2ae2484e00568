import { buffer } from 'node:stream/consumers'
import { createDeflate, createDeflateRaw, deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import { MOST_DOCUMENT_BYTES, toMarkdown } from '../../src/documents/port.js'
import { readInProcess } from '../../src/documents/process.js'
import { Turns } from '../../src/documents/turns.js'
import { childrenOf } from '../database/confined/child-processes.js'
import { archive, line, paragraph, pdf, relationships, shape, slides, word, wordParts } from './files.js'

const MIB = 1024 * 1024
const never = new AbortController().signal
const named = (bytes: Uint8Array | string, filename: string | null, contentType: string | null = null) => ({
  bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
  contentType,
  filename,
})
const read = (bytes: Uint8Array | string, filename: string | null, contentType: string | null = null) =>
  toMarkdown(named(bytes, filename, contentType), never)
const failure = (reading: Promise<unknown>): Promise<ConnectorsError> =>
  reading.then(
    () => expect.unreachable('it was read'),
    (error: ConnectorsError) => error,
  )

/** An archive of one entry that says it is `size` bytes large, whatever it is. */
function lyingArchive(name: string, packed: Buffer, size: number): Buffer {
  const bytes = Buffer.from(archive({ [name]: 'x' }))
  const central = bytes.indexOf('PK\x01\x02', 0, 'latin1')
  const local = Buffer.from(bytes.subarray(0, 30 + name.length))
  const directory = Buffer.from(bytes.subarray(central))
  const end = directory.indexOf('PK\x05\x06', 0, 'latin1')
  for (const [header, at] of [
    [local, 18],
    [directory, 20],
  ] as const) {
    header.writeUInt32LE(packed.length, at)
    header.writeUInt32LE(size, at + 4)
  }
  for (const [header, at] of [
    [local, 8],
    [directory, 10],
  ] as const)
    header.writeUInt16LE(8, at)
  directory.writeUInt32LE(local.length + packed.length, end + 16)
  return Buffer.concat([local, packed, directory])
}

describe('which kinds are read', () => {
  test.each([
    [
      'a Word document by its type',
      word(paragraph('hi')),
      null,
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document; x=y',
      'hi',
    ],
    [
      'a presentation by its name',
      slides([{ shapes: shape('hi', 'title') }]),
      'A.B.PPTX',
      'application/octet-stream',
      '## Slide 1: hi',
    ],
    [
      'a presentation whose name says Word',
      slides([{ shapes: shape('hi', 'title') }]),
      'a.docx',
      null,
      '## Slide 1: hi',
    ],
    ['a PDF by its first bytes', pdf([line('hi', 72, 700)]), null, null, 'hi'],
    ['text as it is', '# a\r\n<b>', 'a.md', null, '# a\r\n<b>'],
    ['a table as text', 'a,b\n1,2', null, 'text/csv; charset=utf-8', 'a,b\n1,2'],
    ['text in UTF-16', Buffer.from('\ufeffü', 'utf16le'), 'a.txt', null, 'ü'],
    ['text in windows-1252', Buffer.from([0x80, 0x20, 0xfc]), 'a.txt', null, '€ ü'],
  ])('%s', async (_, bytes, filename, contentType, markdown) => {
    expect(await read(bytes, filename, contentType)).toEqual({ markdown, truncated: false })
  })

  const spreadsheet = archive({
    '_rels/.rels': relationships({ r1: { type: 'officeDocument', target: 'xl/workbook.xml' } }),
    'xl/workbook.xml': '<workbook/>',
  })
  test.each([
    ['an unknown kind', 'GIF89a', 'a.gif', 'image/gif', /of this kind.*PDF, DOCX, PPTX/],
    ['a name that every object has', 'x', 'a.constructor', 'constructor', /of this kind/],
    ['an empty file', '', 'a.pdf', null, /is empty/],
    ['a spreadsheet whose name says Word', spreadsheet, 'a.docx', null, /of another kind than its name says/],
    ['an archive of something else', archive({ 'a.txt': 'x' }), 'a.docx', null, /is damaged/],
    ['half an archive', word(paragraph('x')).subarray(0, 700), 'a.docx', null, /is damaged/],
    ['a PDF whose name says Word', pdf([line('hi', 72, 700)]), 'a.docx', null, /is damaged/],
    [
      'an encrypted Office file',
      Buffer.from('d0cf11e0a1b11ae100', 'hex'),
      'a.docx',
      null,
      /password, or in an old format/,
    ],
    ['text that is none', 'a\0b', 'a.txt', null, /is damaged/],
  ])('%s is refused', async (_, bytes, filename, contentType, message) => {
    const error = await failure(read(bytes, filename, contentType))
    expect(error).toBeInstanceOf(ConnectorsError)
    expect(error).toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: expect.stringMatching(message),
      retryable: false,
    })
  })

  test('a file that is too large is refused with its size', async () => {
    expect(await failure(read(Buffer.alloc(MOST_DOCUMENT_BYTES + 1), 'a.pdf'))).toMatchObject({
      code: 'TOO_LARGE',
      details: { size: MOST_DOCUMENT_BYTES + 1 },
    })
  })
})

/** So many megabytes of spaces, packed; never all of them at once. */
function packedSpaces(mebibytes: number, into: ReturnType<typeof createDeflate>): Promise<Buffer> {
  const spaces = Buffer.alloc(MIB, ' ')
  for (let at = 0; at < mebibytes; at += 1) into.write(spaces)
  into.end()
  return buffer(into)
}

describe('a document that is made to do harm', { timeout: 120_000 }, () => {
  const parts = wordParts('')
  const entities = String(parts['word/document.xml']).replace(
    '<w:document',
    `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${'bcdefghij'.replace(/./g, (name, at: number) => `<!ENTITY ${name} "${`&${'abcdefghij'[at]};`.repeat(10)}">`)}]><w:document`,
  )
  const withText = (text: string) => entities.replace('<w:body>', `<w:body>${paragraph(text)}`)

  test.each([
    [
      'an archive that unpacks to too much',
      async () => lyingArchive('word/document.xml', await packedSpaces(200, createDeflateRaw()), 200 * MIB),
      'a.docx',
      /TOO_LARGE/,
    ],
    [
      'the same, and it lies about its size',
      async () => lyingArchive('_rels/.rels', await packedSpaces(200, createDeflateRaw()), 100),
      'a.docx',
      /INVALID_PARAMETERS/,
    ],
    [
      'elements nested without end',
      async () => word('<w:sdt><w:sdtContent>'.repeat(50_000)),
      'a.docx',
      /INVALID_PARAM/,
    ],
    [
      'more elements than memory has room for',
      async () => word('<w:p/>'.repeat(4_000_000)),
      'a.docx',
      /TOO_LARGE|UPSTREAM_TIMEOUT/,
    ],
    [
      'a page that unpacks to more than memory has room for',
      async () => pdf([await packedSpaces(600, createDeflate())]),
      'a.pdf',
      /TOO_LARGE/,
    ],
  ] as const)('%s fails alone', async (_, made, filename, code) => {
    const bytes = await made()
    expect(bytes.byteLength).toBeLessThan(16 * MIB)
    const bad = failure(read(bytes, filename))
    // The process that asks goes on meanwhile.
    expect(await read('still here', 'a.txt')).toMatchObject({ markdown: 'still here' })
    expect(await bad).toMatchObject({ code: expect.stringMatching(code) })
    expect(childrenOf()).toEqual([])
  })

  test('entities of its own stay what they are called', async () => {
    const bytes = archive({ ...parts, 'word/document.xml': withText('&amp;&j;') })
    expect(await read(bytes, 'a.docx')).toEqual({ markdown: '&\\&j;', truncated: false })
  })

  test('Markdown beyond 8 MiB is cut', { timeout: 60_000 }, async () => {
    const bytes = word(paragraph('ab '.repeat(200_000)).repeat(20))
    const { markdown, truncated } = await read(bytes, 'a.docx')
    expect(truncated).toBe(true)
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(8 * MIB)
    expect(Buffer.byteLength(markdown)).toBeGreaterThan(8 * MIB - 8)
  })
})

describe('reading', () => {
  const endless = pdf([deflateSync(Buffer.alloc(40 * MIB, 'q Q '))])

  test('ends with its time', async () => {
    expect(await failure(readInProcess('pdf', endless, never, 50))).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      message: expect.stringContaining('took longer than 0.05 seconds'),
    })
    expect(childrenOf()).toEqual([])
  })

  test('ends with its call, before it begins or later, by the error that the call ended with', async () => {
    const reason = new ConnectorsError('INTEGRATION_NOT_FOUND', 'The account is gone.')
    expect(await failure(toMarkdown(named(endless, 'a.pdf'), AbortSignal.abort(reason)))).toBe(reason)
    const controller = new AbortController()
    const reading = failure(toMarkdown(named(endless, 'a.pdf'), controller.signal))
    while (childrenOf().length === 0) await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    expect(await reading).toMatchObject({ code: 'UPSTREAM_TIMEOUT', message: expect.stringContaining('was stopped') })
    expect(childrenOf()).toEqual([])
  })

  test('fails alone when its process crashes', async () => {
    const reading = failure(toMarkdown(named(endless, 'a.pdf'), never))
    while (childrenOf().length === 0) await new Promise((resolve) => setImmediate(resolve))
    for (const pid of childrenOf()) process.kill(pid, 'SIGSEGV')
    // Which of them depends on whether it had begun to run.
    expect(await reading).toMatchObject({ code: expect.stringMatching(/^(?:UPSTREAM_ERROR|UNAVAILABLE)$/) })
    expect(await read(pdf([line('hi', 72, 700)]), 'a.pdf')).toMatchObject({ markdown: 'hi' })
  })

  test('is done in turns, and a queue that is full says so', async () => {
    const turns = new Turns(1, 1)
    const order: number[] = []
    const end = await turns.take(never)
    const second = turns.take(never).then((next) => {
      order.push(2)
      next()
    })
    expect(await failure(turns.take(never))).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
    order.push(1)
    end()
    await second
    ;(await turns.take(never))()
    expect(order).toEqual([1, 2])
  })

  test('does not begin for a call that ended while it waited, which holds up no other', async () => {
    const turns = new Turns(1, 2)
    const end = await turns.take(never)
    const controller = new AbortController()
    const ended = failure(turns.take(controller.signal))
    const next = turns.take(never)
    controller.abort()
    expect(await ended).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    end()
    ;(await next)()
  })
})
