import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pathTemplate } from '../../../src/kit/request/template.js'

const BASE = 'https://api.example/v1'
const filled = (template: string, values: Record<string, unknown>): string => pathTemplate(template).fill(values).value

test.each<[string, Record<string, unknown>, string]>([
  ['/files/{id}', { id: 'a/b ü' }, '/files/a%2Fb%20%C3%BC'],
  ['/item/{id}.json', { id: 7 }, '/item/7.json'],
  ['/v1/{+name}', { name: 'spaces/AAA/messages/1.2' }, '/v1/spaces/AAA/messages/1.2'],
  ["/root/search(q='{q}')", { q: "it's ') or 1" }, "/root/search(q='it''s%20'')%20or%201')"],
  ['/tokens/{addresses}', { addresses: ['a', 'b,c'] }, '/tokens/a,b%2Cc'],
])('%s with %j is %s', (template, values, path) => {
  expect(filled(template, values)).toBe(path)
})

test.each<[string, unknown]>([
  ['/files/{id}', '..'],
  ['/files/{id}', '.'],
  ['/files/{id}', ''],
  ['/files/{id}', undefined],
  ['/v1/{+name}', 'spaces/../users'],
  ['/v1/{+name}', 'spaces//users'],
  ['/v1/{+name}', '/spaces'],
  ["/search(q='{q}')", '\ud800'],
])('%s refuses %j', (template, value) => {
  const [name = ''] = pathTemplate(template).names
  expect(() => filled(template, { [name]: value })).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETERS' }))
})

test('a stray brace is a mistake of the author', () => {
  expect(() => pathTemplate('/files/{id')).toThrow('brace')
  expect(() => pathTemplate('/files/{two words}')).toThrow('brace')
})

describe('no value leaves its place', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom("'", "''", '..', '%2e%2e', '../x', 'a?b#c', "')"),
  )

  test('in a segment', () => {
    fc.assert(
      fc.property(value, (id) => {
        const path = attempt(() => filled('/files/{id}/permissions', { id }))
        if (path === undefined) return
        const url = new URL(`${BASE}${path}`)
        expect(url.pathname.split('/')).toHaveLength(5)
        expect(url.pathname).toMatch(/^\/v1\/files\/[^/]+\/permissions$/)
        expect(url.search + url.hash).toBe('')
        expect(decodeURIComponent(url.pathname.split('/')[3] ?? '')).toBe(id)
      }),
    )
  })

  test('in a literal of OData', () => {
    fc.assert(
      fc.property(value, (q) => {
        const path = attempt(() => filled("/root/search(q='{q}')", { q }))
        if (path === undefined) return
        const url = new URL(`${BASE}${path}`)
        const literal = decodeURIComponent(url.pathname.slice('/v1/root/search(q='.length, -1))
        expect(url.search + url.hash).toBe('')
        expect(literal.slice(1, -1).replaceAll("''", '')).not.toContain("'")
        expect(literal.slice(1, -1).replaceAll("''", "'")).toBe(q)
      }),
    )
  })
})

function attempt(make: () => string): string | undefined {
  try {
    return make()
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
    return undefined
  }
}
