import { describe, expect, test } from 'vitest'
import { Path, path } from '../../../src/http/path.js'
import { addressOf } from '../../../src/kit/upstream/address.js'
import type { Query } from '../../../src/kit/upstream/upstream.js'

const at = (base: string, way: Path, query?: Query, selected?: Query): string =>
  addressOf(base, { path: way, query, selected }, {}).href

describe('the address of a request', () => {
  test.each([
    ['https://api.example', path`/a/${'b c'}`, 'https://api.example/a/b%20c'],
    ['https://api.example/', path`/a`, 'https://api.example/a'],
    ['https://api.example/v1//', path`/a`, 'https://api.example/v1/a'],
    ['https://api.example/v1', path``, 'https://api.example/v1'],
    ['https://api.example', path``, 'https://api.example/'],
    ['https://api.example:8443/v1?key=a%20b', path`/a`, 'https://api.example:8443/v1/a?key=a%20b'],
    ['https://api.example/v1#part', path`/a`, 'https://api.example/v1/a'],
    ['https://[::1]:8443', path`/a/`, 'https://[::1]:8443/a/'],
    ['https://ada:s3cret@api.example', path`/a`, 'https://ada:s3cret@api.example/a'],
    ['https://api.example/v1', path`/a/../../b/./c`, 'https://api.example/b/c'],
  ])('%s and %s make %s', (base, way, address) => {
    expect(at(base, way)).toBe(address)
    // The second time from what was kept.
    expect(at(base, way)).toBe(address)
  })

  test.each([
    '.evil.example/a',
    ':1/a',
    '@evil.example/a',
    'evil.example',
    '//evil.example/a',
    '\\evil.example',
    '?a',
    '#a',
  ])('has the host of the base, whatever the path is (%s)', (text) => {
    for (const base of ['https://api.example', 'https://api.example:8443/', 'https://api.example/v1']) {
      const { origin, search, hash } = addressOf(base, { path: new Path(text) }, {})
      expect({ origin, search, hash }).toEqual({ origin: new URL(base).origin, search: '', hash: '' })
    }
  })

  test('takes a mark inside of a path for a part of the path', () => {
    expect(at('https://api.example', new Path('/a?b=c#d'), { e: 'f' })).toBe('https://api.example/a%3Fb=c%23d?e=f')
  })

  test('has the parameters of the base, of the query and of the selection, in this order', () => {
    const query = { b: 'x y&z', n: 3, yes: true, none: null, left: undefined, list: ['1', '2'], empty: '' }
    expect(at('https://api.example?key=a%20b', path`/a`, query, { fields: 'id,name' })).toBe(
      'https://api.example/a?key=a+b&b=x+y%26z&n=3&yes=true&list=1&list=2&empty=&fields=id%2Cname',
    )
  })

  test('is spelled as the dialect says', () => {
    const dialect = { query: (name: string) => name.toUpperCase(), lists: 'comma' as const }
    const asked = { path: path`/a`, query: { list: ['1', '2'], none: [] }, selected: { f: 'x' } }
    expect(addressOf('https://api.example', asked, dialect).href).toBe('https://api.example/a?LIST=1%2C2&NONE=&f=x')
  })
})
