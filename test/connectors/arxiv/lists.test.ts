import { describe, expect, test } from 'vitest'
import { arxiv } from '../../../src/connectors/arxiv/index.js'
import { type Exchange, play } from '../harness.js'
import { dayOf, entryOf, feedOf, recorded, recording, refusalOf } from './feeds.js'

const act = (action: string, input: unknown, exchanges: Exchange | Exchange[] = []) =>
  play(arxiv, action, input, exchanges)

const searched = (query: Record<string, string>, text: string, status = 200): Exchange => ({
  request: 'GET /api/query',
  query: { start: '0', max_results: '10', sortBy: 'relevance', sortOrder: 'descending', ...query },
  status,
  text,
})
const found = feedOf([entryOf('1.1'), entryOf('1.2')], 5)

describe('search_papers', () => {
  test('passes the query on, and leads to the next page', async () => {
    const { data, meta } = await act(
      'search_papers',
      { query: 'ti:"a b"' },
      searched({ search_query: 'ti:"a b"' }, found),
    )
    expect(data).toMatchObject([{ id: '1.1' }, { id: '1.2' }])
    expect(meta).toEqual({ has_next: true, forwards_cursor: '2', total: 5 })
  })

  test('a cursor wins over start, and the last page says so', async () => {
    const exchange = searched(
      { search_query: 'x', start: '3', max_results: '2', sortBy: 'submittedDate', sortOrder: 'ascending' },
      found,
    )
    const input = {
      query: 'x',
      start: 9,
      cursor: '3',
      max_results: 2,
      sort_by: 'submittedDate',
      sort_order: 'ascending',
    }
    expect((await act('search_papers', input, exchange)).meta).toEqual({
      has_next: false,
      forwards_cursor: null,
      total: 5,
    })
  })

  test('does not lead beyond what arXiv shows', async () => {
    const many = feedOf([entryOf('1.1'), entryOf('1.2')], 90_000)
    const { meta } = await act(
      'search_papers',
      { query: 'x', start: 29_999 },
      searched({ search_query: 'x', start: '29999' }, many),
    )
    expect(meta).toEqual({ has_next: false, forwards_cursor: null, total: 90_000 })
  })

  test('makes no total up', async () => {
    const text = feedOf([entryOf('1.1')]).replace(/<opensearch:totalResults>.*\n/, '')
    expect((await act('search_papers', { query: 'x' }, searched({ search_query: 'x' }, text))).meta).toEqual({
      has_next: false,
      forwards_cursor: null,
    })
  })

  test.each([
    [{ categories: ['cs.LG'] }, '(a OR b) AND (cat:cs.LG)'],
    [{ categories: ['cs.LG', 'hep-th', 'math.*'] }, '(a OR b) AND (cat:cs.LG OR cat:hep-th OR cat:math.*)'],
    [{ categories: [] }, 'a OR b'],
    [{ date_from: '2024-01-31' }, '(a OR b) AND submittedDate:[202401310000 TO 999912312359]'],
    [{ date_to: '2024-02-29' }, '(a OR b) AND submittedDate:[199101010000 TO 202402292359]'],
    [
      { date_from: '2024-01-01', date_to: '2024-01-01', categories: ['cs.LG'] },
      '(a OR b) AND (cat:cs.LG) AND submittedDate:[202401010000 TO 202401012359]',
    ],
  ])('makes terms of %j', async (more, search_query) => {
    await act('search_papers', { query: 'a OR b', ...more }, searched({ search_query }, found))
  })

  test.each([
    [{ categories: ['cs.LG OR cat:hep-th'] }, 'categories'],
    [{ date_from: '2024-02-30' }, 'date_from'],
    [{ date_to: '20240229' }, 'date_to'],
    [{ date_from: '2024-02-02', date_to: '2024-02-01' }, 'date_from'],
    [{ query: 'a) OR (b', categories: ['cs.LG'] }, 'query'],
    [{ query: '(a', categories: ['cs.LG'] }, 'query'],
    [{ query: 'ti:"a', date_to: '2024-02-01' }, 'query'],
    [{ cursor: 'x' }, 'cursor'],
    [{ max_results: 2001 }, 'max_results'],
  ])('sends nothing for %j', async (more, field) => {
    await expect(act('search_papers', { query: 'a', ...more })).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { errors: [{ field }] },
    })
  })

  test('brackets in quotations are words', async () => {
    const search_query = '(ti:"a)" AND (b)) AND (cat:cs.LG)'
    await act('search_papers', { query: 'ti:"a)" AND (b)', categories: ['cs.LG'] }, searched({ search_query }, found))
  })

  test('an empty page of what was found is a failure that may be tried again', async () => {
    const played = act('search_papers', { query: 'x' }, searched({ search_query: 'x' }, feedOf([], 5)))
    await expect(played).rejects.toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
  })

  test.each([
    [0, 0],
    [7, 5],
  ])('nothing from %i on is an empty list', async (start, total) => {
    const exchange = searched({ search_query: 'x', start: String(start) }, feedOf([], total))
    expect(await act('search_papers', { query: 'x', start }, exchange)).toEqual({
      data: [],
      meta: { has_next: false, forwards_cursor: null, total },
    })
  })

  test.each([200, 400])('what arXiv does not understand is told, with status %i', async (status) => {
    const played = act(
      'search_papers',
      { query: '((' },
      searched({ search_query: '((' }, refusalOf('bad query'), status),
    )
    await expect(played).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { upstream: { status, message: 'bad query' } },
    })
  })
})

describe.runIf(recorded)('search_papers, as arXiv answered', () => {
  test.each([
    ['q_testing_s0_m10_bc5a6c384fe9', 10],
    ['q_testing_s5_m10_c0e94a259d4a', 10],
    ['q_testing_s9_m15_0b78d4b4d476', 15],
    ['q_testing_s0_m100_cfe7536492ca', 100],
  ])('%s', async (name, count) => {
    const { url, text } = recording(name)
    const [start, max_results] = ['start', 'max_results'].map((name) => Number(url.searchParams.get(name)))
    const query = { search_query: 'testing', start: `${start}`, max_results: `${max_results}` }
    const { data, meta } = await act('search_papers', { query: 'testing', start, max_results }, searched(query, text))
    expect(data).toHaveLength(count)
    expect(meta).toMatchObject({ has_next: true, forwards_cursor: String(Number(start) + count) })
    const whole = {
      id: /^(?:\d{4}\.\d{4,5}|[a-z-]+\/\d{7})$/,
      abs_url: /^https:\/\/arxiv\.org\/abs\//,
      pdf_url: /^https:\/\/arxiv\.org\/pdf\//,
    }
    for (const paper of data as Record<string, unknown>[]) {
      for (const [member, pattern] of Object.entries(whole)) expect(paper[member]).toMatch(pattern)
      expect(paper).toMatchObject({
        version: expect.any(Number),
        title: expect.any(String),
        summary: expect.any(String),
      })
      expect(paper.categories).toContain(paper.primary_category)
      expect(JSON.stringify(paper.authors)).toMatch(/^\[\{"name":"[^"]/)
    }
  })

  test('pages follow each other', async () => {
    const titles = async (name: string, start: number) => {
      const query = { search_query: 'testing', start: String(start) }
      const { data } = await act('search_papers', { query: 'testing', start }, searched(query, recording(name).text))
      return (data as { title: string }[]).map(({ title }) => title)
    }
    const [first, shifted] = [
      await titles('q_testing_s0_m10_bc5a6c384fe9', 0),
      await titles('q_testing_s5_m10_c0e94a259d4a', 5),
    ]
    expect(shifted.slice(0, 5)).toEqual(first.slice(5))
  })
})

describe('get_daily_updates', () => {
  const announced = (category: string, text: string, status = 200): Exchange => ({
    request: `GET https://rss.arxiv.org/atom/${category}`,
    status,
    text,
  })
  const entry = `<entry>
    <id>oai:arXiv.org:2203.01250v3</id>
    <title>Mass concentration</title>
    <updated>2024-02-23T05:00:11.000000+00:00</updated>
    <link href="https://arxiv.org/abs/2203.01250" rel="alternate" type="text/html"/>
    <summary>arXiv:2203.01250v3 Announce Type: replace-cross 
Abstract: We consider first order problems.</summary>
    <category term="math.AP"/><category term="math.OC"/>
    <published>2024-02-23T00:00:00-05:00</published>
    <arxiv:announce_type>replace-cross</arxiv:announce_type>
    <dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>
    <arxiv:journal_reference>Tome 11 (2024)</arxiv:journal_reference>
    <arxiv:DOI>10.5802/jep.257</arxiv:DOI>
    <dc:creator>Antonin Monteil (LAMA, UPEC), Paul Pegon</dc:creator>
  </entry>`

  test('tells what was announced', async () => {
    expect(await act('get_daily_updates', { category: 'math.OC' }, announced('math.OC', dayOf([entry])))).toEqual({
      data: [
        {
          id: '2203.01250',
          version: 3,
          title: 'Mass concentration',
          authors: ['Antonin Monteil (LAMA, UPEC)', 'Paul Pegon'],
          summary: 'We consider first order problems.',
          announce_type: 'replace-cross',
          published: '2024-02-23T00:00:00-05:00',
          categories: ['math.AP', 'math.OC'],
          journal_ref: 'Tome 11 (2024)',
          doi: '10.5802/jep.257',
          rights: 'http://creativecommons.org/licenses/by/4.0/',
          abs_url: 'https://arxiv.org/abs/2203.01250',
          pdf_url: 'https://arxiv.org/pdf/2203.01250',
        },
      ],
      meta: { total: 1 },
    })
  })

  test('cuts the list, and says how many there were', async () => {
    const day = dayOf([entry, entry.replace('2203.01250v3', '2203.01251v1'), entry])
    const { data, meta } = await act(
      'get_daily_updates',
      { category: 'cs.AI+cs.LG', max_results: 2 },
      announced('cs.AI%2Bcs.LG', day),
    )
    expect([data, meta]).toMatchObject([[{ id: '2203.01250' }, { id: '2203.01251', version: 1 }], { total: 3 }])
  })

  test('has nothing on a Sunday, and null for what is missing', async () => {
    const exchange = announced('hep-th', dayOf([]))
    expect(await act('get_daily_updates', { category: 'hep-th' }, exchange)).toEqual({ data: [], meta: { total: 0 } })
    const { data } = await act('get_daily_updates', { category: 'hep-th' }, announced('hep-th', dayOf(['<entry/>'])))
    expect(data).toMatchObject([{ id: null, version: null, authors: [], summary: null, abs_url: null, pdf_url: null }])
  })

  test.each(['../rss/cs.AI', 'cs AI', 'cs.AI+', '+'])('sends nothing for %s', async (category) => {
    await expect(act('get_daily_updates', { category })).rejects.toMatchObject({ code: 'INVALID_PARAMETERS' })
  })

  test('a category that arXiv does not have is an error, in whichever form it says so', async () => {
    const page = { responseHeaders: { 'content-type': 'text/html' } }
    const played = act(
      'get_daily_updates',
      { category: 'x' },
      { ...announced('x', '<title>Bad Request</title>', 400), ...page },
    )
    await expect(played).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: expect.stringContaining('get_categories'),
    })
    const feed = dayOf([])
      .replace('math.OC updates on arXiv.org', 'Feed error for query: x')
      .replace('</title>', '</title><subtitle>Bad archive x.</subtitle>')
    const told = act('get_daily_updates', { category: 'x' }, announced('x', feed))
    await expect(told).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { upstream: { message: 'Bad archive x.' } },
    })
  })
})

describe('get_categories', () => {
  const idsOf = async (input: unknown) =>
    ((await act('get_categories', input)).data as { id: string }[]).map(({ id }) => id)

  test('lists all of them, each once', async () => {
    const ids = await idsOf({})
    expect(new Set(ids).size).toBe(155)
    expect(ids).toHaveLength(155)
    expect(ids.filter((id) => !/^[a-z-]+(?:\.[A-Za-z-]+)?$/.test(id))).toEqual([])
  })

  test('finds those of a group or an archive, whatever the case', async () => {
    expect(await idsOf({ group: 'HEP-TH' })).toEqual(['hep-th'])
    expect(await idsOf({ group: ' economics ' })).toEqual(['econ.EM', 'econ.GN', 'econ.TH'])
    expect(await idsOf({ group: 'nlin' })).toHaveLength(5)
    // A group and one of its archives have the same name; the group is more.
    expect(await idsOf({ group: 'physics' })).toHaveLength(51)
    expect((await act('get_categories', { group: 'cs' })).data).toContainEqual({
      id: 'cs.CL',
      name: 'Computation and Language',
      group: 'Computer Science',
      archive: 'cs',
      description: expect.stringContaining('language'),
    })
  })

  test('says which there are', async () => {
    await expect(act('get_categories', { group: 'alchemy' })).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { errors: [{ field: 'group', message: expect.stringContaining('cond-mat') }] },
    })
  })
})
