import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConnectorsError } from '../../../src/base/errors.js'
import { ConnectorFile } from '../../../src/kit/index.js'
import { type DriveAnswer, lineOf, type Played, playDrive } from './drive.js'

const UPLOAD = 'https://www.googleapis.com/upload/drive/v3/files'
const SESSION = 'https://upload.example/session?upload_id=s3cret'
const BEGUN: DriveAnswer = { headers: { location: SESSION } }
const DONE: DriveAnswer = { json: { id: 'f1', mimeType: 'image/png' } }
const BROKEN = new ConnectorsError('UPSTREAM_ERROR', 'It broke off.')
const MIB = 1024 * 1024
const PART = 5 * MIB
/** Every byte occurs, and no two parts are alike. */
const BYTES = new Uint8Array(2 * PART + 5)
for (let index = 0; index < BYTES.length; index++) BYTES[index] = (index * 7 + (index >> 8)) & 255
const bytesOf = (length: number) => BYTES.subarray(0, length)
const fileOf = (length: number, name: string | null = 'a.png', type: string | null = 'image/png') =>
  new ConnectorFile(bytesOf(length), name, type)
/** What asks for more, after so many bytes. */
const more = (received: number): DriveAnswer => ({
  status: 308,
  headers: received === 0 ? {} : { range: `bytes=0-${received - 1}` },
})

/** What left for the session: the range, and how many bytes. Header fields that no session may get are faults. */
const parts = ({ seen }: Played) =>
  seen
    .filter(({ url }) => url.origin === 'https://upload.example')
    .map(({ method, headers, content }) => {
      expect(headers).not.toHaveProperty('authorization')
      return [method, headers['content-range'], content && 'media' in content ? content.media.text.length : 0]
    })

describe('create_file, in one request', () => {
  test('with the fewest parameters', async () => {
    const { seen, result } = await playDrive('create_file', { file: fileOf(3) }, [DONE])
    expect(seen.map(lineOf)).toEqual([
      `POST ${UPLOAD}?supportsAllDrives=true&useContentAsIndexableText=false&uploadType=multipart&fields=*`,
    ])
    expect(seen[0]?.content).toEqual({
      metadata: { name: 'a.png' },
      media: { type: 'image/png', text: Buffer.from(bytesOf(3)).toString('latin1') },
    })
    expect(seen[0]?.headers.authorization).toBe('Bearer test-token')
    expect(result).toEqual({ data: { id: 'f1', mime_type: 'image/png' }, meta: null })
  })

  test('with all parameters', async () => {
    const input = {
      file: fileOf(1, '../"a/b"\r\n🦊.txt', 'text/plain; charset=utf-8'),
      resumeable: false,
      parent_folder_id: 'p1',
      description: "it's",
      use_content_as_indexable_text: true,
      ignore_default_visibility: true,
      keep_revision_forever: true,
      ocr_language: 'de',
      supports_all_drives: false,
      include_permissions_for_view: 'published',
      include_labels: 'a,b',
      response_fields: ['id', 'name'],
    }
    const { seen, result } = await playDrive('create_file', input, [{ json: { id: 'f1' } }])
    expect(Object.fromEntries(seen[0]?.query ?? [])).toEqual({
      uploadType: 'multipart',
      supportsAllDrives: 'false',
      useContentAsIndexableText: 'true',
      ignoreDefaultVisibility: 'true',
      keepRevisionForever: 'true',
      ocrLanguage: 'de',
      includePermissionsForView: 'published',
      includeLabels: 'a,b',
      fields: 'id,name',
    })
    expect(seen[0]?.content).toMatchObject({
      metadata: { name: '../"a/b"\r\n🦊.txt', parents: ['p1'], description: "it's" },
      media: { type: 'text/plain; charset=utf-8' },
    })
    expect(result).toMatchObject({ data: { id: 'f1' } })
  })

  test.each([0, 1, 1000, PART])('keeps the bytes of a file of %d', async (length) => {
    const { seen, bodies } = await playDrive('create_file', { file: fileOf(length) }, [DONE])
    expect(seen).toHaveLength(1)
    const whole = Buffer.from(bodies[0] ?? [])
    const begin = whole.indexOf('\r\n\r\n', whole.indexOf('image/png')) + 4
    expect(whole.subarray(begin, begin + length).equals(bytesOf(length))).toBe(true)
    expect(whole.subarray(begin + length).toString()).toMatch(/^\r\n--[\w-]+--\r\n$/)
  })

  test('has a name and a type, though the caller gave neither or something else', async () => {
    const nameless = await playDrive('create_file', { file: fileOf(1, null, null) }, [DONE])
    expect(nameless.seen[0]?.content).toMatchObject({
      metadata: { name: 'Untitled' },
      media: { type: 'application/octet-stream' },
    })
    const invented = await playDrive('create_file', { file: fileOf(1, 'x', 'a/b\r\nx-evil: 1') }, [DONE])
    expect(invented.seen[0]?.content).toMatchObject({ media: { type: 'application/octet-stream' } })
  })

  test('is not made again when the answer is lost', async () => {
    const { seen, error } = await playDrive('create_file', { file: fileOf(1) }, [BROKEN])
    expect(seen).toHaveLength(1)
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
  })

  test('an empty file has no parts, whatever the caller says', async () => {
    const { seen } = await playDrive('create_file', { file: fileOf(0), resumeable: true }, [DONE])
    expect(seen.map(({ query }) => query.get('uploadType'))).toEqual(['multipart'])
  })
})

describe('create_file, in parts', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Plays it, while time passes as fast as it can. */
  async function uploaded(length: number, answers: (DriveAnswer | Error)[], more: object = {}): Promise<Played> {
    const played = playDrive('create_file', { file: fileOf(length), ...more }, answers)
    await vi.runAllTimersAsync()
    return played
  }

  test('begins a session with what is known of the file', async () => {
    const { seen, result } = await uploaded(3, [BEGUN, DONE], { resumeable: true, parent_folder_id: 'p1' })
    expect(seen.map(lineOf)).toEqual([
      `POST ${UPLOAD}?supportsAllDrives=true&useContentAsIndexableText=false&uploadType=resumable&fields=*`,
      `PUT https://upload.example/session?upload_id=s3cret`,
    ])
    expect(seen[0]?.content).toEqual({ json: { name: 'a.png', parents: ['p1'] } })
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer test-token',
      'x-upload-content-type': 'image/png',
      'x-upload-content-length': '3',
    })
    expect(seen[1]?.headers).toMatchObject({ 'content-range': 'bytes 0-2/3', 'content-type': 'image/png' })
    expect(result).toEqual({ data: { id: 'f1', mime_type: 'image/png' }, meta: null })
  })

  test('sends a large file in multiples of 256 KiB, each byte once', async () => {
    const size = 2 * PART + 5
    const played = await uploaded(size, [BEGUN, more(PART), more(2 * PART), DONE])
    expect(parts(played)).toEqual([
      ['PUT', `bytes 0-${PART - 1}/${size}`, PART],
      ['PUT', `bytes ${PART}-${2 * PART - 1}/${size}`, PART],
      ['PUT', `bytes ${2 * PART}-${size - 1}/${size}`, 5],
    ])
    expect(PART % (256 * 1024)).toBe(0)
    expect(Buffer.concat(played.bodies.slice(1)).equals(bytesOf(size))).toBe(true)
  })

  test('goes on after what Google has, which may be less than was sent', async () => {
    const size = PART + MIB
    const played = await uploaded(size, [BEGUN, more(MIB), DONE])
    expect(parts(played)[1]).toEqual(['PUT', `bytes ${MIB}-${size - 1}/${size}`, PART])
  })

  test.each<[string, DriveAnswer | Error]>([
    ['breaks off', BROKEN],
    ['is answered with 500', { status: 500 }],
    ['is answered with 503', { status: 503, bytes: '<h1>Down</h1>' }],
  ])('asks how far it is where a part %s, and goes on from there', async (_, failure) => {
    const size = PART + 5
    const played = await uploaded(size, [BEGUN, more(PART), failure, more(PART), DONE])
    expect(parts(played)).toEqual([
      ['PUT', `bytes 0-${PART - 1}/${size}`, PART],
      ['PUT', `bytes ${PART}-${size - 1}/${size}`, 5],
      ['PUT', `bytes */${size}`, 0],
      ['PUT', `bytes ${PART}-${size - 1}/${size}`, 5],
    ])
    expect(played.result).toMatchObject({ data: { id: 'f1' } })
  })

  test('begins where Google has nothing yet', async () => {
    const played = await uploaded(PART + 5, [BEGUN, BROKEN, more(0), more(PART), DONE])
    expect(parts(played).map(([, range]) => range)).toEqual([
      `bytes 0-${PART - 1}/${PART + 5}`,
      `bytes */${PART + 5}`,
      `bytes 0-${PART - 1}/${PART + 5}`,
      `bytes ${PART}-${PART + 4}/${PART + 5}`,
    ])
  })

  test('is over where only the last answer was lost: nothing is sent a second time', async () => {
    const played = await uploaded(3, [BEGUN, BROKEN, DONE], { resumeable: true })
    expect(parts(played)).toEqual([
      ['PUT', 'bytes 0-2/3', 3],
      ['PUT', 'bytes */3', 0],
    ])
    expect(played.result).toMatchObject({ data: { id: 'f1' } })
  })

  test.each([404, 410])('a session that has ended with %d is told, and its address is not', async (status) => {
    const { seen, error } = await uploaded(3, [BEGUN, { status }], { resumeable: true })
    expect(seen).toHaveLength(2)
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false, details: { upstream: { status } } })
    expect(JSON.stringify(error) + String(error)).not.toContain('s3cret')
  })

  test('gives up where it breaks off again and again, and does not begin a second session', async () => {
    const { seen, error } = await uploaded(3, [BEGUN, BROKEN, BROKEN, BROKEN, BROKEN], { resumeable: true })
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'PUT', 'PUT', 'PUT', 'PUT'])
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
  })

  test.each<[string, DriveAnswer, object]>([
    ['without an address', {}, { code: 'UPSTREAM_ERROR' }],
    [
      'that is refused for want of room',
      { status: 403, json: { error: { errors: [{ reason: 'storageQuotaExceeded' }] } } },
      { code: 'UPSTREAM_REFUSED', message: expect.stringContaining('no room') },
    ],
  ])('a session %s ends it', async (_, answer, expected) => {
    const { seen, error } = await uploaded(3, [answer], { resumeable: true })
    expect(seen).toHaveLength(1)
    expect(error).toMatchObject(expected)
  })
})

describe('update_file with a file', () => {
  test('in one request', async () => {
    const { seen } = await playDrive('update_file', { id: 'a/../b', file: fileOf(2), name: 'b' }, [DONE])
    expect(seen.map(lineOf)).toEqual([
      `PATCH ${UPLOAD}/a%2F..%2Fb?supportsAllDrives=true&uploadType=multipart&fields=*`,
    ])
    expect(seen[0]?.content).toMatchObject({ metadata: { name: 'b' }, media: { type: 'image/png' } })
  })

  test('keeps what is known of it', async () => {
    const { seen } = await playDrive('update_file', { id: 'f1', file: fileOf(2) }, [DONE])
    expect(seen[0]?.content).toMatchObject({ metadata: {} })
  })

  test('in parts', async () => {
    const played = await playDrive('update_file', { id: 'f1', file: fileOf(2), resumable: true }, [BEGUN, DONE])
    expect(played.seen.map(lineOf)[0]).toBe(`PATCH ${UPLOAD}/f1?supportsAllDrives=true&uploadType=resumable&fields=*`)
    expect(played.seen[0]?.content).toEqual({ json: {} })
    expect(parts(played)).toEqual([['PUT', 'bytes 0-1/2', 2]])
  })
})
