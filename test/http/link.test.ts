import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseLink } from '../../src/http/link.js'

const links = (value: string | null | undefined): Record<string, string> => Object.fromEntries(parseLink(value))

describe('parseLink', () => {
  test('parses the Link header of a paged list', () => {
    const value = '<https://api.example.com/x?page=2>; rel="next", <https://api.example.com/x?a=1,2&page=5>; rel="last"'
    expect(links(value)).toEqual({
      next: 'https://api.example.com/x?page=2',
      last: 'https://api.example.com/x?a=1,2&page=5',
    })
  })

  test.each<[string | null | undefined, Record<string, string>]>([
    ['', {}],
    [null, {}],
    [undefined, {}],
    ['</a>; rel=next', { next: '/a' }],
    ['</a>; REL="Next Prefetch"', { next: '/a', prefetch: '/a' }],
    ['</a>;rel = "next" ; title="b"', { next: '/a' }],
    // Only the first rel counts, and none inside a quoted string.
    ['</a>; rel=prev; rel=next', { prev: '/a' }],
    ['</a>; title="; rel=next"; rel=prev', { prev: '/a' }],
    ['</a>; title="x, <b>; rel=next"; rel="prev"', { prev: '/a' }],
    [String.raw`</a>; title="say \"hi\", friend"; rel="prev"`, { prev: '/a' }],
    ['</a>; rel=next, </b>; rel=next', { next: '/a' }],
    ['</a>', {}],
    ['</a>; rel', {}],
    ['</a>; rel="next', {}],
    ['<>; rel=next', { next: '' }],
    ['rubbish, </a>; rel=next', { next: '/a' }],
    ['</a>; anchor="#x"; rel=next;', { next: '/a' }],
    ['</a>; rel=__proto__', Object.fromEntries([['__proto__', '/a']])],
  ])('parses %j', (value, expected) => {
    expect(links(value)).toEqual(expected)
  })

  test('never throws', () => {
    const pieces = fc.array(fc.constantFrom('<', '>', '"', '\\', ';', ',', '=', 'rel', ' ', 'next', '/a', '\n'))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          pieces.map((parts) => parts.join('')),
        ),
        (value) => {
          for (const [type, target] of parseLink(value)) {
            expect(type).toMatch(/^\S+$/)
            expect(value).toContain(target)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('parses every header it can write', () => {
    const target = fc.webUrl({ withQueryParameters: true }).filter((url) => !url.includes('>'))
    const type = fc.stringMatching(/^[a-z][a-z0-9.-]{0,9}$/)
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(type, target), { selector: ([name]) => name, maxLength: 5 }), (entries) => {
        const value = entries.map(([name, url]) => `<${url}>; rel="${name}"`).join(', ')
        expect([...parseLink(value)]).toEqual(entries)
      }),
    )
  })

  test('takes linear time for a hostile value', () => {
    // Quadratic time for these would be hours, so that the test could not end.
    const pieces = [
      '<',
      '<a',
      '<>;rel="',
      '<a>;"',
      '<a>;rel=;',
      '\\"',
      '<a>; a="\\',
      '<a>\\"',
      '<a>;x="\\"',
      ';\t',
      '<a>; ',
    ]
    for (const piece of pieces) expect(parseLink(piece.repeat(200_000)).size).toBeLessThan(2)
  })
})
