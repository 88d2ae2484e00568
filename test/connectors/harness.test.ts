import { describe, expect, test } from 'vitest'
import { defineAction, defineConnector, path, z } from '../../src/kit/index.js'
import { type Exchange, play } from './harness.js'
import { GITHUB_REST, openApiOracle } from './oracle.js'

const example = defineConnector({
  name: 'example',
  title: 'Example',
  description: 'Something to play with.',
  port: 'http',
  baseUrl: 'https://api.github.com',
  headers: { accept: 'application/json' },
  auth: {},
  authorize: ({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }),
  actions: [
    defineAction({
      name: 'create',
      description: 'Creates.',
      effect: 'create',
      input: { title: z.string() },
      run: (upstream, { title }) => upstream.post(path`/repos/o/r/issues`, { title }),
    }),
    defineAction({
      name: 'list',
      description: 'Lists.',
      effect: 'read',
      input: { sort: z.string() },
      run: (upstream, { sort }) => upstream.list(path`/repos/o/r/issues`, { page: 1, per_page: 1, sort }),
    }),
    defineAction({
      name: 'unknown',
      description: 'Calls what the vendor does not have.',
      effect: 'read',
      input: {},
      run: (upstream) => upstream.get(path`/repos/o/r/nothing`),
    }),
  ],
})

const GOOD: Exchange = { request: 'POST /repos/o/r/issues', content: { title: 't' }, response: { number: 1 } }
const LISTED: Exchange = {
  request: 'GET /repos/o/r/issues',
  query: { page: '1', per_page: '1', sort: 'created' },
  response: [{}],
}
const oracle = await openApiOracle(GITHUB_REST)

describe('play', () => {
  test('passes what fits', async () => {
    expect(await play(example, 'create', { title: 't' }, GOOD, { oracle })).toEqual({ data: { number: 1 }, meta: null })
    expect(await play(example, 'list', { sort: 'created' }, LISTED, { oracle })).toMatchObject({ data: [{}] })
  })

  test.each<[string, Exchange[], string]>([
    ['another path', [{ ...GOOD, request: 'POST /repos/o/other/issues' }], 'expected "POST /repos/o/other/issues"'],
    ['another method', [{ ...GOOD, request: 'PUT /repos/o/r/issues' }], 'expected "PUT /repos/o/r/issues"'],
    ['another body', [{ ...GOOD, content: { title: 'x' } }], 'content: {"json":{"title":"t"}} left'],
    ['no body', [{ request: GOOD.request }], 'content: {"json":{"title":"t"}} left, expected none'],
    ['a query', [{ ...GOOD, query: { a: 'b' } }], 'query: {} left'],
    ['a header field', [{ ...GOOD, headers: { 'x-a': 'b' } }], 'header field x-a: none left'],
    ['one request more', [GOOD, GOOD], 'did not leave: POST /repos/o/r/issues'],
    ['no request', [], 'nothing was expected: POST /repos/o/r/issues'],
  ])('fails when expected was %s', async (_, exchanges, complaint) => {
    await expect(play(example, 'create', { title: 't' }, exchanges)).rejects.toThrow(complaint)
  })

  test('tells why nothing left', async () => {
    await expect(play(example, 'create', { title: 1 }, GOOD)).rejects.toThrow(
      /did not leave.*\n.*The parameters do not/,
    )
  })

  test('fails on an unexpected request whose error the code swallows', async () => {
    const responseHeaders = { link: '</repos/o/r/issues?page=9>; rel="last", </x?page=2>; rel="next"' }
    const played = play(example, 'list', { sort: 'created' }, { ...LISTED, responseHeaders })
    await expect(played).rejects.toThrow('nothing was expected: GET /repos/o/r/issues')
  })

  test('hands on the refusals of the third party', async () => {
    const played = play(example, 'create', { title: 't' }, { ...GOOD, status: 404 })
    await expect(played).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test.runIf(oracle)("fails on what the vendor's description does not know", async () => {
    const wrong = play(
      example,
      'list',
      { sort: 'size' },
      { ...LISTED, query: { ...LISTED.query, sort: 'size' } },
      { oracle },
    )
    await expect(wrong).rejects.toThrow('/query/sort must be equal to one of the allowed values')
    const unknown = play(example, 'unknown', {}, { request: 'GET /repos/o/r/nothing' }, { oracle })
    await expect(unknown).rejects.toThrow('there is no such operation')
  })
})
