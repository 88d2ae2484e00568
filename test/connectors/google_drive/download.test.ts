import { describe, expect, test } from 'vitest'
import { type DriveAnswer, fileOf, lineOf, playDrive } from './drive.js'

const KNOWN = 'supportsAllDrives=true&fields=name,mimeType,size'
const MEDIA = 'supportsAllDrives=true&alt=media'
const known = (mimeType: string, more: object = {}): DriveAnswer => ({
  json: { name: 'notes', mimeType, size: '5', ...more },
})
const native = (kind: string) => known(`application/vnd.google-apps.${kind}`)
const HELLO: DriveAnswer = { bytes: 'hello', headers: { 'content-type': 'text/plain' } }
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

describe('download_file', () => {
  test('gets the content of a file as it is, under its name', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const name = '../"a/b"\r\n🦊.bin'
    const played = await playDrive('download_file', { id: 'f1' }, [
      known('application/x-thing', { name }),
      { bytes, headers: { 'content-type': 'application/x-thing' } },
    ])
    expect(played.seen.map(lineOf)).toEqual([`GET /files/f1?${KNOWN}`, `GET /files/f1?${MEDIA}`])
    expect(fileOf(played)).toEqual({ name, type: 'application/x-thing', text: Buffer.from(bytes).toString('latin1') })
  })

  test('sends all parameters where they belong', async () => {
    const input = { id: 'f/1', acknowledge_abuse: true, supports_all_drives: false }
    const { seen } = await playDrive('download_file', input, [known('text/plain'), HELLO])
    expect(seen.map(lineOf)).toEqual([
      'GET /files/f%2F1?supportsAllDrives=false&fields=name,mimeType,size',
      'GET /files/f%2F1?supportsAllDrives=false&acknowledgeAbuse=true&alt=media',
    ])
  })

  test.each([
    ['document', 'docx', DOCX],
    ['spreadsheet', 'xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    ['presentation', 'pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
    ['drawing', 'png', 'image/png'],
    ['script', 'json', 'application/vnd.google-apps.script+json'],
  ])('makes of a %s a %s', async (kind, format, type) => {
    const played = await playDrive('download_file', { id: 'f1' }, [native(kind), HELLO])
    expect(played.seen.map(lineOf)[1]).toBe(`GET /files/f1/export?mimeType=${type}`)
    expect(fileOf(played)).toEqual({ name: `notes.${format}`, type, text: 'hello' })
  })

  test.each([
    ['csv', 'text/csv', 'notes.csv'],
    [' .PDF ', 'application/pdf', 'notes.pdf'],
  ])('exports as %s', async (export_format, type, name) => {
    const played = await playDrive('download_file', { id: 'f1', export_format }, [native('spreadsheet'), HELLO])
    expect(played.seen.map(lineOf)[1]).toBe(`GET /files/f1/export?mimeType=${type}`)
    expect(fileOf(played)).toMatchObject({ name, type })
  })

  test('does not add an ending that is there', async () => {
    const document = known('application/vnd.google-apps.document', { name: 'plan.docx' })
    expect(fileOf(await playDrive('download_file', { id: 'f1' }, [document, HELLO])).name).toBe('plan.docx')
  })

  test.each(['exe', '', 'constructor', '../pdf'])('refuses the format %j before anything is sent', async (format) => {
    const { error } = await playDrive('download_file', { id: 'f1', export_format: format }, [])
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS', message: expect.stringContaining('export_format') })
  })

  test.each(['folder', 'form', 'site', 'shortcut', 'map', 'constructor'])(
    'cannot make a file of a %s',
    async (kind) => {
      const { error } = await playDrive('download_file', { id: 'f1' }, [native(kind)])
      expect(error).toMatchObject({ code: 'INVALID_PARAMETERS', message: expect.stringContaining('Open it in Google') })
    },
  )

  test('says that a file of its own cannot be exported', async () => {
    const { error } = await playDrive('download_file', { id: 'f1', export_format: 'pdf' }, [
      known('image/png'),
      { status: 403, json: { error: { code: 403, errors: [{ domain: 'global', reason: 'fileNotExportable' }] } } },
    ])
    expect(error).toMatchObject({ code: 'UPSTREAM_REFUSED', message: expect.stringContaining('export_format') })
  })

  test('gets an earlier version, also where a format is named', async () => {
    for (const more of [{}, { export_format: 'pdf' }]) {
      const input = { id: 'f1', revision_id: '../2', acknowledge_abuse: true, ...more }
      const played = await playDrive('download_file', input, [known('text/plain'), HELLO])
      expect(played.seen.map(lineOf)[1]).toBe('GET /files/f1/revisions/..%2F2?acknowledgeAbuse=true&alt=media')
      expect(fileOf(played)).toEqual({ name: 'notes', type: 'text/plain', text: 'hello' })
    }
  })

  test("never gives the present version for an earlier one of Google's own kinds", async () => {
    const input = { id: 'f1', revision_id: '2', export_format: 'pdf' }
    const { error } = await playDrive('download_file', input, [native('document')])
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS', details: { errors: [{ field: 'revision_id' }] } })
  })

  test('does not begin with what is too large', async () => {
    const size = 32 * 1024 * 1024
    const whole = await playDrive('download_file', { id: 'f1' }, [known('video/mp4', { size: String(size) }), HELLO])
    expect(fileOf(whole).text).toBe('hello')
    const { error } = await playDrive('download_file', { id: 'f1' }, [known('video/mp4', { size: String(size + 1) })])
    expect(error).toMatchObject({ code: 'TOO_LARGE', details: { size: size + 1 } })
  })

  test('does not judge an earlier version by the size of the present one', async () => {
    const large = known('text/plain', { size: '99999999999' })
    const played = await playDrive('download_file', { id: 'f1', revision_id: '1' }, [large, HELLO])
    expect(fileOf(played).text).toBe('hello')
  })

  test('a file that is not there is not fetched', async () => {
    const missing = { status: 404, json: { error: { code: 404, errors: [{ reason: 'notFound' }] } } }
    const { error } = await playDrive('download_file', { id: 'f1' }, [missing])
    expect(error).toMatchObject({ code: 'NOT_FOUND' })
  })
})
