import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/kit/index.js'
import { line, paragraph, pdf, shape, slides, word } from '../../documents/files.js'
import { type DriveAnswer, lineOf, type Played, playDrive } from './drive.js'

const OFFICE = 'application/vnd.openxmlformats-officedocument.'
const PPTX = `${OFFICE}presentationml.presentation`
const known = (name: string, mimeType: string, size?: number): DriveAnswer => ({
  json: { name, mimeType, ...(size === undefined ? {} : { size: String(size) }) },
})
const read = (answers: readonly (DriveAnswer | Error)[], more = {}) =>
  playDrive('get_markdown_content', { id: 'f/1' }, answers, more)
const dataOf = ({ result, error }: Played): Json =>
  result && 'data' in result ? result.data : expect.fail(`No data: ${error}`)
const metaOf = ({ result }: Played) => (result && 'data' in result ? result.meta : expect.fail('no data'))

describe('get_markdown_content', () => {
  test.each<[string, string, Uint8Array | string, string]>([
    ['a.pdf', 'application/pdf', pdf([line('Hello from a page', 72, 700)]), 'Hello from a page'],
    ['a.docx', `${OFFICE}wordprocessingml.document`, word(paragraph('Hello from Word')), 'Hello from Word'],
    ['a.pptx', PPTX, slides([{ shapes: shape('Hello from a slide') }]), 'Hello from a slide'],
    ['a.txt', 'text/plain', 'Hello\n', 'Hello\n'],
    // Drive does not always know better.
    ['a/b "🦊".md', 'application/octet-stream', '# Hello', '# Hello'],
  ])('reads %s', async (name, type, bytes, text) => {
    const played = await read([known(name, type, bytes.length), { bytes, headers: { 'content-type': 'x/y' } }])
    expect(played.seen.map(lineOf)).toEqual([
      'GET /files/f%2F1?supportsAllDrives=true&fields=name,mimeType,size',
      'GET /files/f%2F1?supportsAllDrives=true&alt=media',
    ])
    expect(dataOf(played)).toEqual({ file_name: name, markdown: expect.stringContaining(text) })
    expect(metaOf(played)).toBeNull()
  })

  test('has Google write the Markdown of a document, and leaves out its pictures', async () => {
    const bytes = [
      '# Plan',
      '',
      'Before ![A cat][image1] and ![][image12] after. ![not ours](x) [link][image1]',
      '',
      '[image1]: <data:image/png;base64,iVBORw0KGgo=>',
      '',
      `[image12]: <data:image/jpeg;base64,${'A'.repeat(100_000)}>`,
      '',
    ].join('\n')
    const played = await read([
      known('Plan', 'application/vnd.google-apps.document'),
      { bytes, headers: { 'content-type': 'text/markdown' } },
    ])
    expect(played.seen.map(lineOf)[1]).toBe('GET /files/f%2F1/export?mimeType=text/markdown')
    expect(dataOf(played)).toEqual({
      file_name: 'Plan',
      markdown: '# Plan\n\nBefore A cat and  after. ![not ours](x) [link][image1]',
    })
  })

  test('takes long lines of what looks like pictures in its stride', async () => {
    const bytes = `${'!['.repeat(500_000)}\n${'[image1]: <data:\r'.repeat(50_000)}x`
    const began = process.cpuUsage().user
    const played = await read([known('Plan', 'application/vnd.google-apps.document'), { bytes }])
    expect(dataOf(played)).toEqual({ file_name: 'Plan', markdown: bytes })
    expect((process.cpuUsage().user - began) / 1e6).toBeLessThan(5)
  })

  test('reads Slides as PowerPoint', async () => {
    const played = await read([
      known('Talk', 'application/vnd.google-apps.presentation'),
      { bytes: slides([{ shapes: shape('First') }, { shapes: shape('Second') }]) },
    ])
    expect(played.seen.map(lineOf)[1]).toBe(`GET /files/f%2F1/export?mimeType=${PPTX}`)
    expect(dataOf(played)).toMatchObject({ file_name: 'Talk', markdown: expect.stringMatching(/First(.|\n)*Second/) })
  })

  test.each(['spreadsheet', 'folder', 'form', 'shortcut', 'constructor'])('does not fetch a %s', async (kind) => {
    const { error } = await read([known('x', `application/vnd.google-apps.${kind}`)])
    expect(error).toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: expect.stringContaining('document, presentation'),
      details: { errors: [{ field: 'id' }] },
    })
  })

  test.each<[string, string, string]>([
    ['a spreadsheet of Excel', `${OFFICE}spreadsheetml.sheet`, 'a.xlsx'],
    ['a picture', 'image/png', 'a.png'],
    ['an empty file', 'text/plain', 'a.txt'],
  ])('says that %s cannot be read', async (what, type, name) => {
    const bytes = what === 'an empty file' ? '' : '\x89PNG'
    const { error } = await read([known(name, type), { bytes }])
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS', message: expect.stringContaining('as Markdown') })
  })

  test('does not fetch what is too large', async () => {
    const { error } = await read([known('a.pdf', 'application/pdf', 32 * 1024 * 1024 + 1)])
    expect(error).toMatchObject({ code: 'TOO_LARGE' })
  })

  test('tells where a document goes on beyond what is returned', async () => {
    const played = await read([known('a.txt', 'text/plain'), { bytes: 'x'.repeat(9 * 1024 * 1024) }])
    expect(metaOf(played)).toEqual({ truncated: true })
    expect((dataOf(played) as { markdown: string }).markdown).toHaveLength(8 * 1024 * 1024)
  })

  test('stops reading when the call is aborted', async () => {
    const controller = new AbortController()
    const gone = new Error('the caller is gone')
    controller.abort(gone)
    const bytes = pdf([line('Hello', 72, 700)])
    const { error } = await read([known('a.pdf', 'application/pdf'), { bytes }], { signal: controller.signal })
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })
})
