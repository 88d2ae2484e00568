import { describe, expect, test } from 'vitest'
import type { SendRequest } from '../../src/http/send.js'
import { unknownMembers } from './described-members.js'
import { seenRequest } from './harness.js'
import { GITHUB_REST, openDescription } from './oracle.js'
import { published } from './proof/published.js'

const seen = (line: string, body?: unknown, type = 'application/json') => {
  const [method = '', target = ''] = line.split(' ')
  const request: SendRequest = { method, url: new URL(`https://vendor.example${target}`), headers: {} }
  return seenRequest(
    body === undefined ? request : { ...request, headers: { 'content-type': type }, body: JSON.stringify(body) },
    'https://vendor.example',
  )
}

describe.runIf(published)('descriptions', () => {
  test.each<[string, string, unknown, string[]]>([
    ['graph.json', "GET /drives/D/items/I/search(q='a%20b')", undefined, []],
    ['graph.json', 'POST /me/events', { subject: 'a', body: { contentType: 'html', content: 'b' } }, []],
    ['graph.json', 'POST /me/events', { subjekt: 'a' }, ['/requestBody/subjekt is not a member that is described']],
    [
      'graph.json',
      'POST /me/events',
      { body: { contenttype: 'html' } },
      ['/requestBody/body/contenttype is not a member that is described'],
    ],
    ['google/chat.json', 'GET /v1/spaces/A/messages/B', undefined, []],
    ['google/chat.json', 'GET /v1/spaces/A/messages?pageSize=1', undefined, []],
    ['google/drive.json', 'PATCH /files/1', { properties: { any: 'key' } }, []],
    ['google/drive.json', 'DELETE /files/1', { name: 'a' }, ['a body left, and the operation has none']],
  ])('%s judges %s', async (file, line, body, faults) => {
    const description = await openDescription(file, { longNames: file === 'google/chat.json' })
    expect(description?.faults(seen(line, body))).toEqual(faults)
  })
})

// It comes with a package, so every clone has it.
test.each<[string, unknown, string[]]>([
  ['PUT /user', {}, ['there is no such operation']],
  ['GET /repos/o/r/issues/1/comments?since=2026-01-01T00:00:00Z', undefined, []],
  // Described by a `nullable` without a `type`, which cannot be compiled as it stands.
  ['PATCH /orgs/o/projectsV2/1/items/2', { fields: [{ id: 3, value: null }] }, []],
  ['PATCH /orgs/o/projectsV2/1/items/2', { fields: [{ id: 3, value: 'a' }] }, []],
])("GitHub's description judges %s", async (line, body, faults) => {
  const description = await openDescription(GITHUB_REST)
  expect(description?.faults(seen(line, body))).toEqual(faults)
})

describe('members that are not described', () => {
  const person = { type: 'object', properties: { name: { type: 'string' }, friends: { items: {} } } }
  test.each<[string, object, unknown, string[]]>([
    ['of an object with members', person, { name: 'a', nmae: 'b' }, ['/nmae']],
    ['of an object without', { type: 'object' }, { any: 1 }, []],
    ['of a map', { properties: { a: {} }, additionalProperties: { properties: { b: {} } } }, { c: { b: 1 } }, []],
    ['of a map’s value', { additionalProperties: { properties: { b: {} } } }, { c: { d: 1 } }, ['/c/d']],
    ['of a list', { items: person }, [{ name: 'a' }, { x: 1 }], ['/1/x']],
    ['put together of parts', { allOf: [person, { properties: { age: {} } }] }, { name: 'a', age: 1, x: 1 }, ['/x']],
    [
      'of one of several',
      { properties: { a: {} }, oneOf: [person, { properties: { b: {} } }] },
      { b: 1, c: 1 },
      ['/c'],
    ],
    ['that match a pattern', { properties: { a: {} }, patternProperties: { '^x-': {} } }, { 'x-b': 1, b: 1 }, ['/b']],
    ['where all are taken', { properties: { a: {} }, additionalProperties: true }, { b: 1 }, []],
    ['called as what objects inherit', { properties: { a: {} } }, { constructor: 1 }, ['/constructor']],
  ])('%s', (_, schema, value, places) => {
    expect(unknownMembers([schema], value)).toEqual(places)
  })

  test('of a schema that leads back to itself', () => {
    const tree = { type: 'object', properties: {} as Record<string, object> }
    Object.assign(tree.properties, { child: { anyOf: [tree, { type: 'null' }] } })
    expect(unknownMembers([tree], { child: { child: { chld: 1 } } })).toEqual(['/child/child/chld'])
  })
})
