import { expect, test } from 'vitest'
import { essence, isJson } from '../../src/http/media-type.js'

test.each([
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['Application/JSON;charset=utf-8', true],
  ['application/vnd.github+json; charset=utf-8', true],
  ['application/problem+json', true],
  ['application/jsonp', false],
  ['application/json-seq', false],
  ['text/html; profile=application/json', false],
  ['text/json', false],
  ['', false],
  [null, false],
  [undefined, false],
])('isJson(%j) is %j', (contentType, expected) => {
  expect(isJson(contentType)).toBe(expected)
})

test('essence() is the media type without parameters, in lower case', () => {
  expect(essence(' Text/HTML ; charset=x')).toBe('text/html')
  expect(essence(null)).toBe('')
})
