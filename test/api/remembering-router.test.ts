import { TrieRouter } from 'hono/router/trie-router'
import { expect, test, vi } from 'vitest'
import { RememberingRouter } from '../../src/api/remembering-router.js'

function remembering() {
  const trie = new TrieRouter<string>()
  trie.add('GET', '/connectors/:connector/integrations', 'list')
  trie.add('GET', '/links/:link', 'link')
  const plain = trie.match.bind(trie)
  const match = vi.spyOn(trie, 'match')
  return { router: new RememberingRouter(trie), plain, match }
}

test('a path of a connector is looked up once, and leads where it did', () => {
  const { router, plain, match } = remembering()
  for (const path of ['/connectors/sql/integrations', '/connectors/github/integrations', '/connectors/sql/nothing']) {
    for (let time = 0; time < 3; time++) expect(router.match('GET', path)).toEqual(plain('GET', path))
    expect(router.match('POST', path)).toEqual(plain('POST', path))
  }
  expect(match).toHaveBeenCalledTimes(6)
})

test.each(['/links/lnk_secret', `/connectors/${'a'.repeat(200)}/integrations`])('%s is not kept', (path) => {
  const { router, plain, match } = remembering()
  for (let time = 0; time < 3; time++) expect(router.match('GET', path)).toEqual(plain('GET', path))
  expect(match).toHaveBeenCalledTimes(3)
})

test('a route that is added counts at once', () => {
  const { router } = remembering()
  const path = '/connectors/sql/more'
  expect(router.match('GET', path)[0]).toHaveLength(0)
  router.add('GET', '/connectors/:connector/more', 'more')
  expect(router.match('GET', path)[0]).toHaveLength(1)
})
