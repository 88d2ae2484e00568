import { describe, expect, test } from 'vitest'
import { arxiv } from '../../../src/connectors/arxiv/index.js'
import { ConnectorFile } from '../../../src/kit/index.js'
import { type Exchange, play, script, testCall } from '../harness.js'
import { entryOf, feedOf, recorded, recording, refusalOf } from './feeds.js'

const about = (id_list: string, text: string, status = 200): Exchange => ({
  request: 'GET /api/query',
  query: { id_list },
  status,
  text,
})
const metadata = (paper_id: string, exchange: Exchange | Exchange[]) =>
  play(arxiv, 'get_paper_metadata', { paper_id }, exchange)

describe('get_paper_metadata', () => {
  test('has all that arXiv tells of a paper', async () => {
    const entry = entryOf(
      '2203.01250v3',
      `<updated>2024-02-22T10:00:00Z</updated>
      <link href="https://arxiv.org/abs/2203.01250v3" rel="alternate" type="text/html"/>
      <link href="https://arxiv.org/pdf/2203.01250v3" rel="related" type="application/pdf" title="pdf"/>
      <link href="https://doi.org/10.5802/jep.257" rel="related" title="doi"/>
      <summary>  We &lt;prove&gt; that
      $a &amp; b$.</summary>
      <category term="math.AP" scheme="http://arxiv.org/schemas/atom"/><category term="49Q20"/>
      <published>2022-03-02T17:00:00Z</published>
      <arxiv:comment>23 pages</arxiv:comment>
      <arxiv:primary_category term="math.AP"/>
      <arxiv:journal_ref>Tome 11 (2024), pp. 431-472</arxiv:journal_ref>
      <arxiv:doi>10.5802/jep.257</arxiv:doi>
      <author><name>Antonin Monteil</name><arxiv:affiliation>LAMA</arxiv:affiliation><arxiv:affiliation>UPEC</arxiv:affiliation></author>
      <author><name>Paul Pegon</name></author>`,
    )
    expect(await metadata('2203.01250', about('2203.01250', feedOf([entry])))).toEqual({
      data: {
        id: '2203.01250',
        version: 3,
        title: 'Paper 2203.01250v3',
        authors: [{ name: 'Antonin Monteil', affiliation: 'LAMA; UPEC' }, { name: 'Paul Pegon' }],
        summary: 'We <prove> that $a & b$.',
        published: '2022-03-02T17:00:00Z',
        updated: '2024-02-22T10:00:00Z',
        primary_category: 'math.AP',
        categories: ['math.AP', '49Q20'],
        comment: '23 pages',
        journal_ref: 'Tome 11 (2024), pp. 431-472',
        doi: '10.5802/jep.257',
        abs_url: 'https://arxiv.org/abs/2203.01250v3',
        pdf_url: 'https://arxiv.org/pdf/2203.01250v3',
      },
      meta: null,
    })
  })

  test('has null for what is not there', async () => {
    const { data } = await metadata(
      'quant-ph/0201082',
      about('quant-ph/0201082', feedOf([entryOf('quant-ph/0201082')])),
    )
    expect(data).toMatchObject({ id: 'quant-ph/0201082', version: null, authors: [], summary: null, doi: null })
    expect(data).toMatchObject({ primary_category: null, categories: [], abs_url: null, pdf_url: null })
  })

  test.each([
    ['2104.12255v1', '2104.12255v1'],
    [' arXiv:2104.12255 ', '2104.12255'],
    ['https://arxiv.org/abs/2104.12255v1', '2104.12255v1'],
    ['http://www.arxiv.org/pdf/2104.12255.pdf', '2104.12255'],
    ['export.arxiv.org/pdf/quant-ph/0201082v1?download=1#page=2', 'quant-ph/0201082v1'],
    ['math.GT/0309136', 'math.GT/0309136'],
    ['https://arxiv.org/html/2104.12255/', '2104.12255'],
  ])('takes %s', async (paper_id, id) => {
    expect((await metadata(paper_id, about(id, feedOf([entryOf(id)])))).data).toMatchObject({ title: `Paper ${id}` })
  })

  test.each([
    '2104.12255,2104.12256',
    '../../etc/passwd',
    'a/b/c',
    '..',
    'https://example.com/abs/2104.12255',
    'x y',
    '/',
  ])('sends nothing for %s', async (paper_id) => {
    await expect(metadata(paper_id, [])).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { errors: [{ field: 'paper_id' }] },
    })
  })

  test('a paper that is not there is not found', async () => {
    await expect(metadata('0000.0000', about('0000.0000', feedOf([])))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test.each([200, 400])('a refusal in a feed with status %i has the words of arXiv beside our own', async (status) => {
    const unknown = about('abc', refusalOf('incorrect id format for abc'), status)
    await expect(metadata('abc', unknown)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.not.stringContaining('incorrect'),
      details: { upstream: { status, message: 'incorrect id format for abc' } },
    })
    await expect(metadata('1.1', about('1.1', refusalOf('x'.repeat(1000)), status))).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { upstream: { status, message: 'x'.repeat(500) } },
    })
  })

  test('a paper called Error is a paper', async () => {
    const entry = '<entry><id>http://arxiv.org/abs/2104.12255v1</id><title>Error</title><summary>s</summary></entry>'
    expect((await metadata('2104.12255', about('2104.12255', feedOf([entry])))).data).toMatchObject({ title: 'Error' })
  })

  test.each([
    ['half a feed', feedOf([entryOf('1.1')]).slice(0, -9)],
    ['a page', '<!doctype html><title>Checking your browser</title>'],
    ['another document', '<feed><entry/></feed>'],
    ['words', 'Rate exceeded.'],
    ['nothing', ''],
    ['a document type', `<!DOCTYPE feed [<!ENTITY a "b">]>${feedOf([entryOf('1.1')])}`],
    ['too many elements', feedOf(['<a/>'.repeat(1_000_001)])],
  ])('%s fails alone', async (_, text) => {
    await expect(metadata('1.1', about('1.1', text))).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
  })
})

describe.runIf(recorded)('get_paper_metadata, as arXiv answered', () => {
  test.each([
    ['id_2104.12255v1_s0_m100_6ae69987ffe1', { id: '2104.12255', version: 1, title: '0', primary_category: 'cs.CR' }],
    ['id_quant-ph_0201082v1_s0_m100_86989fe779ef', { id: 'quant-ph/0201082', version: 1 }],
    [
      'id_astro-ph_0601001_s0_m100_3150dca9dc76',
      {
        id: 'astro-ph/0601001',
        journal_ref: 'ActaAstron.56:1-50,2006',
        authors: expect.arrayContaining([{ name: 'B. Scott Gaudi', affiliation: 'CfA' }]),
        pdf_url: 'https://arxiv.org/pdf/astro-ph/0601001v1',
      },
    ],
    ['id_1605.08386_s0_m100_199195aa31ad', { id: '1605.08386' }],
  ])('%s', async (name, paper) => {
    const { url, text, status } = recording(name)
    const id = url.searchParams.get('id_list') ?? expect.fail()
    expect((await metadata(id, about(id, text, status))).data).toMatchObject(paper)
  })

  test.each(['id_0000.0000_s0_m100_8b51d9633a68', 'id_0808.05394_s0_m100_7b0c7d0a7cdd', 'id_abc_s0_m100_b79c8dcf6bc3'])(
    '%s is not found',
    async (name) => {
      const { url, text, status } = recording(name)
      const id = url.searchParams.get('id_list') ?? expect.fail()
      await expect(metadata(id, about(id, text, status))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    },
  )
})

const download = (paper_id: string, exchange: Exchange): Promise<ConnectorFile> =>
  script(arxiv, exchange, {}, async (connect) => {
    const action = arxiv.byName.get('download_paper') ?? expect.fail('There is no such action.')
    const result = await action.prepare({ paper_id })(connect(), testCall())
    return result instanceof ConnectorFile ? result : expect.fail('It is no file.')
  })
const pdf = (id: string, text: string, more: Partial<Exchange> = {}): Exchange => ({
  request: `GET https://arxiv.org/pdf/${id}`,
  headers: { accept: 'application/pdf' },
  text,
  ...more,
})

describe('download_paper', () => {
  test.each([
    ['2104.12255v1', '2104.12255v1.pdf'],
    ['quant-ph/0201082', 'quant-ph_0201082.pdf'],
  ])('gives %s the name %s', async (id, name) => {
    const file = await download(id, pdf(id, '%PDF-1.5\n…', { responseHeaders: { 'content-type': 'text/plain' } }))
    expect(file).toMatchObject({ filename: name, contentType: 'application/pdf' })
    expect(Buffer.from(file.bytes).toString()).toBe('%PDF-1.5\n…')
  })

  test('a PDF may begin after its first bytes', async () => {
    expect((await download('1.1', pdf('1.1', '\n%PDF-1.5'))).filename).toBe('1.1.pdf')
  })

  test.each([
    ['a page', '<!DOCTYPE html><p>%PDF-1.5 unavailable', 'UPSTREAM_REFUSED', false],
    ['a page with blanks', ' \n<html>', 'UPSTREAM_REFUSED', false],
    ['a page with a mark', '\uFEFF<html>', 'UPSTREAM_REFUSED', false],
    ['nothing', '', 'UPSTREAM_ERROR', true],
    ['words', 'Rate exceeded.', 'UPSTREAM_ERROR', true],
    ['a PDF far behind', `${'x'.repeat(2000)}%PDF-1.5`, 'UPSTREAM_ERROR', true],
  ])('%s is no file', async (_, text, code, retryable) => {
    await expect(download('1.1', pdf('1.1', text))).rejects.toMatchObject({ code, retryable })
  })

  test('a paper that is not there, or that arXiv keeps from robots, is an error', async () => {
    const page = { responseHeaders: { 'content-type': 'text/html' } }
    const missing = download('1.1', pdf('1.1', '<html>', { status: 404, ...page }))
    await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const denied = download('1.1', pdf('1.1', '<html>', { status: 403, ...page }))
    await expect(denied).rejects.toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('robot') })
  })
})
