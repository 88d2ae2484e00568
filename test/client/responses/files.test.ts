import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { ClientFile, ConnectorsClient, fileParameters } from '../../../src/client/index.js'
import { filenameOf } from '../../../src/http/content-disposition.js'
import { closeServices, inProcess, json, type Received, scriptedService } from '../scripted-service.js'

afterEach(closeServices)

const parseForm = ({ body, headers }: Received): Promise<FormData> =>
  new Response(new Uint8Array(body), { headers: { 'content-type': headers['content-type'] ?? '' } }).formData()

async function upload(params: Record<string, unknown>, form = false): Promise<Received> {
  const { baseUrl, received } = await scriptedService({ body: { data: {} } })
  await new ConnectorsClient({ baseUrl, userToken: 't' }).execute('wiretest', 'upload', { params, form })
  const [got] = received
  if (!got) throw new Error('nothing arrived')
  return got
}

const bytesOf = async (entry: File | string | null): Promise<Uint8Array> =>
  entry instanceof Blob ? new Uint8Array(await entry.arrayBuffer()) : new Uint8Array()

describe('files in a request', () => {
  test('are sent as multipart form data, with the other parameters as text', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const got = await upload({
      file: new ClientFile(bytes, 'blöb "1".bin', 'application/x-thing'),
      files: [new ClientFile(new Uint8Array([1]), '1.txt'), new Uint8Array(), Buffer.from('raw')],
      note: 'a note',
      tags: ['x', 'y'],
      flag: true,
      count: 5,
      filter: { a: 1 },
      absent: null,
      missing: undefined,
    })
    expect(got.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    const form = await parseForm(got)
    const file = form.get('file') as File
    expect([file.name, file.type, await bytesOf(file)]).toEqual(['blöb "1".bin', 'application/x-thing', bytes])
    const files = form.getAll('files')
    expect(await Promise.all(files.map(async (entry) => [(entry as File).name, await bytesOf(entry)]))).toEqual([
      ['1.txt', new Uint8Array([1])],
      ['blob', new Uint8Array()],
      ['blob', new Uint8Array(Buffer.from('raw'))],
    ])
    const texts = [...form].filter(([, value]) => typeof value === 'string')
    expect(texts).toEqual([
      ['note', 'a note'],
      ['tags', 'x'],
      ['tags', 'y'],
      ['flag', 'true'],
      ['count', '5'],
      ['filter', '{"a":1}'],
    ])
  })

  test('are received byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const got = await upload({ file: bytes })
        expect(await bytesOf((await parseForm(got)).get('file'))).toEqual(new Uint8Array(bytes))
      }),
      { numRuns: 20 },
    )
  })

  test('may be missing, and a form is sent if requested', async () => {
    const got = await upload({ note: 'a&b=ü', tags: ['x', 'y'], flag: false, count: 0, none: null }, true)
    expect(got.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect([...new URLSearchParams(got.body.toString())]).toEqual([
      ['note', 'a&b=ü'],
      ['tags', 'x'],
      ['tags', 'y'],
      ['flag', 'false'],
      ['count', '0'],
    ])
  })

  test('are sent again unchanged by a retry', async () => {
    const { baseUrl, received } = await scriptedService({ status: 500 }, { body: { data: {} } })
    const connectors = new ConnectorsClient({ baseUrl, userToken: 't', sleep: async () => undefined })
    const params = { file: new ClientFile(Buffer.from('content'), 'a.txt') }
    await connectors.execute('wiretest', 'upload', { params, maxAttempts: 2, replayUnsafe: true })
    expect(received).toHaveLength(2)
    for (const got of received)
      expect(await bytesOf((await parseForm(got)).get('file'))).toEqual(new Uint8Array(Buffer.from('content')))
  })
})

describe('files in an answer', () => {
  test('have bytes, type, name and the account that acted', async () => {
    const body = Buffer.from([0, 255, 10])
    const { baseUrl } = await scriptedService({
      body,
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="f.csv"; filename*=UTF-8''bl%C3%B6b.csv`,
        'x-acted-as': 'ann',
      },
    })
    const file = await new ConnectorsClient({ baseUrl, userToken: 't' }).execute('drive', 'download')
    expect(file).toEqual(new ClientFile(new Uint8Array(body), 'blöb.csv', 'text/csv; charset=utf-8', 'ann'))
    expect(file).toBeInstanceOf(ClientFile)
  })

  test.each(['application/octet-stream', 'application/geo+json', 'text/html', undefined])(
    'are recognised by the type %s',
    async (type) => {
      const headers = type === undefined ? {} : { 'content-type': type }
      const { baseUrl } = await scriptedService({ body: '{"data": 1}', headers })
      expect(await new ConnectorsClient({ baseUrl, userToken: 't' }).execute('a', 'b')).toBeInstanceOf(ClientFile)
    },
  )

  test.each(['application/json; charset=utf-8', 'Application/JSON'])(
    'are not recognised for the type %s, which is JSON',
    async (type) => {
      const { fetch } = inProcess(() => json({ data: 1 }, { headers: { 'content-type': type } }))
      const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't' })
      expect(await connectors.execute('a', 'b')).toMatchObject({ data: 1 })
    },
  )
})

describe('the file name in Content-Disposition', () => {
  test.each([
    ['attachment; filename="plain.txt"', 'plain.txt'],
    ['attachment; filename=plain.txt', 'plain.txt'],
    ['attachment;FileName="a;b.txt"', 'a;b.txt'],
    ['attachment; filename="a \\"quoted\\" name.txt"', 'a "quoted" name.txt'],
    ['attachment; filename="fallback"; filename*=UTF-8\'\'%e2%82%ac%20rates.txt', '€ rates.txt'],
    ["attachment; filename*=utf-8'en'x.txt; filename=y", 'x.txt'],
    ['attachment; filename*=UTF-8\'\'%ff%fe; filename="good.txt"', 'good.txt'],
    ["attachment; filename*=iso-8859-1''%e9; filename=good.txt", 'good.txt'],
    [Buffer.from('attachment; filename="blöb.txt"').toString('latin1'), 'blöb.txt'],
    ['attachment; filename="caf\u00e9.txt"', 'café.txt'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ['attachment; filename="C:\\\\x\\\\y.txt"', 'y.txt'],
    ["attachment; filename*=UTF-8''..%2F..%2Fx", 'x'],
    ['attachment; filename=".."', null],
    ['attachment; filename=""', null],
    ['attachment', null],
    ['', null],
    ['=;=', null],
    [null, null],
  ])('%s', (field, name) => {
    expect(filenameOf(field)).toBe(name)
  })

  test('never causes an error, and never contains a folder', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `attachment; filename="${text}"; filename*=UTF-8''${text}`),
        ),
        (field) => {
          expect(filenameOf(field) ?? '').not.toMatch(/[/\\\p{Cc}]|^\.+$/u)
        },
      ),
    )
  })

  test('is read exactly as our service writes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        fc.pre(!/[/\\\p{Cc}\p{Cf}]|^[\s.]*$|^\s|\s$/u.test(name))
        const extended = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
        expect(filenameOf(`attachment; filename="x"; filename*=UTF-8''${extended}`)).toBe(name)
      }),
    )
  })
})

test('the file parameters of an action are found in its schema', () => {
  const binary = { type: 'string', format: 'binary' }
  const properties = {
    one: binary,
    maybe: { anyOf: [binary, { type: 'null' }] },
    list: { anyOf: [{ type: 'array', items: binary }, { type: 'null' }] },
    text: { type: 'string' },
    texts: { type: 'array', items: { type: 'string' } },
  }
  const entry = {
    method: 'POST',
    path: '/x',
    docstring: '',
    parameters: { request: { schema: { type: 'object', properties } } },
  }
  expect(fileParameters(entry)).toEqual(['one', 'maybe', 'list'])
  expect(fileParameters({ ...entry, parameters: {} })).toEqual([])
})
