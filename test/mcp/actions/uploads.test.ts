import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClientFile } from '../../../src/client/index.js'
import { readDataUrl } from '../../../src/mcp/actions/data-url.js'
import { type UploadSources, withUploads } from '../../../src/mcp/actions/uploads.js'
import { MemoryKeeping } from '../../../src/mcp/kept/memory.js'

const FACTS = { fileNames: ['file', 'files'], textNames: ['body', 'constructor'] }
const MIB = 1024 * 1024

const upload = (params: Record<string, unknown>, sources: Partial<UploadSources> = {}) =>
  withUploads(params, FACTS, { keeping: new MemoryKeeping(), ...sources })

/** The faults of a call, by parameter. */
async function faultsOf(params: Record<string, unknown>, sources: Partial<UploadSources> = {}) {
  const error = await upload(params, sources).then(
    () => expect.fail('It is accepted.'),
    (error: unknown) => error,
  )
  expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
  return (error as { details: { errors: { field: string; message: string }[] } }).details.errors
}

describe('a file', () => {
  test.each([
    [{ text: 'héllo' }, new ClientFile(Buffer.from('héllo'), null, 'text/plain')],
    [{ text: '' }, new ClientFile(Buffer.alloc(0), null, 'text/plain')],
    [
      { text: '{}', filename: 'a.json', content_type: 'application/json' },
      new ClientFile(Buffer.from('{}'), 'a.json', 'application/json'),
    ],
    [
      { text: 'a', filename: '', content_type: null, handle: null },
      new ClientFile(Buffer.from('a'), null, 'text/plain'),
    ],
    [
      { data: 'data:image/png;base64,iVBORw==' },
      new ClientFile(Buffer.from([0x89, 0x50, 0x4e, 0x47]), null, 'image/png'),
    ],
    [
      { data: 'data:image/png;base64,AA==', filename: 'a.gif', content_type: 'image/gif' },
      new ClientFile(Buffer.from([0]), 'a.gif', 'image/gif'),
    ],
  ])('may be %j', async (value, file) => {
    expect(await upload({ file: value, other: 1 })).toEqual({ file, other: 1 })
    expect(await upload({ files: [value, { text: 'b' }] })).toEqual({
      files: [file, new ClientFile(Buffer.from('b'), null, 'text/plain')],
    })
  })

  test('may be what is kept under a handle, by another name and type if the call says so', async () => {
    const keeping = new MemoryKeeping()
    const { handle } = await keeping.keepFile(new ClientFile(Buffer.from([1]), 'a.bin', 'image/png'))
    expect(await upload({ file: { handle } }, { keeping })).toEqual({
      file: new ClientFile(Buffer.from([1]), 'a.bin', 'image/png'),
    })
    expect(await upload({ file: { handle, filename: 'b', content_type: 'image/gif' } }, { keeping })).toEqual({
      file: new ClientFile(Buffer.from([1]), 'b', 'image/gif'),
    })
  })

  test('may be a kept result, as JSON', async () => {
    const keeping = new MemoryKeeping()
    const { handle } = await keeping.keepResult({ data: [{ n: 1 }], meta: { page: 1 } })
    expect(await upload({ file: { handle } }, { keeping })).toEqual({
      file: new ClientFile(Buffer.from('[{"n":1}]'), 'result.json', 'application/json'),
    })
  })

  test('may be a file of this machine, where there is somebody to read it', async () => {
    const readPath = async (path: string) => new ClientFile(Buffer.from(path), 'a.pdf', 'application/pdf')
    expect(await upload({ file: { path: '/a', filename: 'b.pdf' } }, { readPath })).toEqual({
      file: new ClientFile(Buffer.from('/a'), 'b.pdf', 'application/pdf'),
    })
    const [fault] = await faultsOf({ file: { path: '/a' } })
    expect(fault).toMatchObject({ field: 'params.file', message: expect.stringContaining('not on the machine') })
  })

  test.each([
    ['text'],
    [7],
    [{}],
    [{ filename: 'a' }],
    [{ base64: 'AA==' }],
    [{ text: 'a', data: 'data:,a' }],
    [{ text: 'a', base64: 'AA==' }],
    [{ text: 7 }],
    [{ handle: ['file_a'] }],
    [['x']],
    [{ constructor: 'a' }],
  ])('is not %j, and the error names the four forms', async (value) => {
    const faults = await faultsOf({ files: [value] })
    expect(faults).toEqual([
      { field: 'params.files', message: expect.stringMatching(/\{handle\}, \{text\}, \{data\}.*\{path\}/) },
    ])
  })

  test('is refused for each fault that there is, in one error without what was given', async () => {
    const faults = await faultsOf({
      file: { data: 'http://a.example/x' },
      files: [{ handle: '../../etc' }, { base64: 'AA' }],
    })
    expect(faults.map(({ field }) => field)).toEqual(['params.file', 'params.files', 'params.files'])
    expect(JSON.stringify(faults)).not.toMatch(/a\.example|etc/)
    expect(faults[0]?.message).toContain('data:text/plain')
    expect(faults[1]?.message).toContain('file_')
  })

  test('is not found under an unknown handle', async () => {
    await expect(upload({ file: { handle: 'file_aaaaaaaaaaaaaaaaaaaaaaaa' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('may have 32 MiB, with all others of the call', async () => {
    const keeping = new MemoryKeeping()
    const { handle } = await keeping.keepFile(new ClientFile(Buffer.alloc(16 * MIB, 1)))
    const { files } = await upload({ files: [{ handle }, { handle }] }, { keeping })
    expect((files as ClientFile[]).map(({ bytes }) => bytes.length)).toEqual([16 * MIB, 16 * MIB])
    const more = upload({ files: [{ handle }, { handle }], file: { text: 'a' } }, { keeping })
    await expect(more).rejects.toMatchObject({ code: 'TOO_LARGE', details: { size: 32 * MIB + 1 } })
  })

  test('may be left out or null, and no other parameter is looked at', async () => {
    const params = { file: null, other: { text: 'a' } }
    expect(await upload(params)).toBe(params)
    const odd = JSON.parse('{"__proto__":{"file":{"text":"a"}},"toString":1}') as Record<string, unknown>
    expect(await upload(odd)).toBe(odd)
  })
})

describe('a text', () => {
  const keeping = new MemoryKeeping()
  const kept = async (bytes: Uint8Array) => (await keeping.keepFile(new ClientFile(bytes))).handle

  test('may be that of a kept file or result', async () => {
    const handle = await kept(Buffer.from('\ufeffZeile 1\nß'))
    expect(await upload({ body: { handle } }, { keeping })).toEqual({ body: 'Zeile 1\nß' })
    const { handle: result } = await keeping.keepResult({ data: { n: 1 }, meta: null })
    expect(await upload({ body: { handle: result } }, { keeping })).toEqual({ body: '{"n":1}' })
    const whole = await kept(Buffer.alloc(MIB, 'x'))
    expect(await upload({ body: { handle: whole } }, { keeping })).toEqual({ body: 'x'.repeat(MIB) })
  })

  test.each([
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe]), 'UTF-8'],
    ['control characters', Buffer.from('a\0b'), 'UTF-8'],
    ['more than 1 MiB', Buffer.alloc(MIB + 1, 'x'), `${MIB} bytes`],
  ])('is not made of %s', async (_, bytes, why) => {
    const faults = await faultsOf({ body: { handle: await kept(bytes) } }, { keeping })
    expect(faults).toEqual([{ field: 'params.body', message: expect.stringContaining(why) }])
  })

  test('is left alone as a text, and other objects are for the service to refuse', async () => {
    for (const body of ['{"handle":"file_a"}', { text: 'a' }, { handle: 'file_a', more: 1 }, { handle: 7 }, null]) {
      const params = { body }
      expect(await upload(params)).toBe(params)
    }
  })

  test('is not taken from something that is not a handle', async () => {
    expect(await faultsOf({ body: { handle: 'a' } })).toMatchObject([{ field: 'params.body' }])
    await expect(upload({ body: { handle: 'file_b' } })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('a data: URL', () => {
  const read = (text: string) => {
    const found = readDataUrl(text)
    return found && [found.bytes.toString('latin1'), found.contentType]
  }

  test.each([
    ['data:,Hello%2C%20World%21', 'Hello, World!', 'text/plain'],
    ['DATA:text/html;charset=utf-8,<p>100%</p>', '<p>100%</p>', 'text/html;charset=utf-8'],
    ['data:;charset=utf-8,%c3%A9', '\u00c3\u00a9', 'text/plain;charset=utf-8'],
    ['data:image/png;base64,_-8', '\u00ff\u00ef', 'image/png'],
    ['data:image/png; BASE64 ,%2B/8%3D', '\u00fb\u00ff', 'image/png'],
    ['data:a/b;base64,', '', 'a/b'],
    ['data:a/b;base64,A A\nA=', '\0\0', 'a/b'],
    ['data:,a,b', 'a,b', 'text/plain'],
    ['data:,%', '%', 'text/plain'],
  ])('is read as browsers do: %s', (text, bytes, type) => {
    expect(read(text)).toEqual([bytes, type])
  })

  test.each([
    '',
    'data:',
    'data:text/plain',
    'http://a.example,b',
    ' data:,a',
    'data:;base64,A',
    'data:;base64,A===',
    'data:;base64,AA=',
    'data:;base64,=AAA',
    'data:;base64,AA!A',
  ])('is not %j', (text) => {
    expect(read(text)).toBeUndefined()
  })

  test('holds any bytes in either form', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, url) => {
        const whole = Buffer.from(bytes)
        const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
        expect(readDataUrl(`data:a/b,${percent}`)?.bytes.equals(whole)).toBe(true)
        expect(
          readDataUrl(`data:a/b;base64,${whole.toString(url ? 'base64url' : 'base64')}`)?.bytes.equals(whole),
        ).toBe(true)
      }),
    )
  })

  test('is what Node makes of it', async () => {
    const part = fc.constantFrom('data:', 'a/b', ';', 'base64', ',', '%', '%41', '%zz', 'AA', '=', ' ', 'é', '+', 'x')
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const text = `data:a/b${parts.join('')}`
        const theirs = await fetch(text).then(
          async (response) => Buffer.from(await response.arrayBuffer()),
          () => undefined,
        )
        const ours = readDataUrl(text)
        // A URL loses spaces at its end; ours also takes the URL-safe alphabet, which is not among the parts.
        if (!text.endsWith(' ')) expect(ours?.bytes.toString('hex')).toBe(theirs?.toString('hex'))
      }),
    )
  })

  test('of 16 MB is read in one pass', () => {
    const size = 16_000_000
    expect(readDataUrl(`data:;base64,${'A'.repeat(size)}`)?.bytes.length).toBe((size / 4) * 3)
    expect(readDataUrl(`data:;base64,${'A'.repeat(size)}!`)).toBeUndefined()
    expect(readDataUrl(`data:,${'%'.repeat(size)}`)?.bytes.length).toBe(size)
    expect(readDataUrl(`data:${';base64'.repeat(1_000_000)} x,a`)?.bytes.length).toBe(1)
    expect(readDataUrl(`data:;base64,${'='.repeat(size)}`)).toBeUndefined()
    expect(readDataUrl(`data:${' '.repeat(size)};base64${' '.repeat(size)}x,a`)).toBeDefined()
  })
})
