import type { ProofData } from '../data.js'

const ENTRY = `<entry><id>http://arxiv.org/abs/2104.12255v1</id><title>0</title></entry>`
const feed = (entries: string) =>
  `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/"><o:totalResults>1</o:totalResults>${entries}</feed>`
const refused = (words: string) =>
  feed(`<entry><id>https://arxiv.org/api/errors#1</id><title>Error</title><summary>${words}</summary></entry>`)

const data: ProofData = {
  values: {
    paper_id: { value: '2104.12255', reason: 'arXiv has two forms of ids, and others are refused here' },
    cursor: { value: '10', reason: 'a cursor is an offset' },
    categories: { value: ['cs.LG'], reason: 'a part of the query is made of it' },
    category: { value: 'cs.LG', reason: 'it is a part of an address' },
    date_from: { value: '2024-01-31', reason: 'a day that is made a part of the query' },
    date_to: { value: '2024-02-29', reason: 'a day that is made a part of the query' },
    group: { value: 'physics', reason: 'the groups and archives are those of arXiv' },
  },
  answer: ({ path }) => ({ text: path.includes('/pdf/') ? '%PDF-1.7\n' : feed(ENTRY) }),
  exceptions: [
    {
      action: 'get_daily_updates',
      fault: 'the parameter max_results changes nothing that leaves',
      reason: 'the feed of a day is one answer, which is cut here',
    },
    {
      action: 'get_categories',
      fault: 'no request left',
      reason: 'arXiv has no API for its categories: they are a part of the connector',
    },
    {
      action: 'get_categories',
      fault: 'the parameter group changes nothing that leaves',
      reason: 'the same: the group is looked up here',
    },
  ],
  refusals: [
    { title: '429', answer: { status: 429 }, code: 'RATE_LIMITED', retryable: true, retryAfter: 10 },
    { title: 'a malformed id', answer: { status: 400, text: refused('incorrect id format for a') }, code: 'NOT_FOUND' },
    {
      title: 'a refusal inside a 200',
      answer: { text: refused('start must be an integer') },
      code: 'INVALID_PARAMETERS',
    },
    { title: 'a feed without the paper', answer: { text: feed('') }, code: 'NOT_FOUND' },
    {
      title: 'the page for robots',
      answer: { status: 403, headers: { 'content-type': 'text/html' }, text: '<html>denied</html>' },
      code: 'FORBIDDEN',
    },
    { title: 'JSON', answer: { json: {} }, code: 'UPSTREAM_ERROR', retryable: true },
  ],
}

export default data
