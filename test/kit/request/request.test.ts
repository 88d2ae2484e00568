import { describe, expect, test } from 'vitest'
import { defineAction } from '../../../src/kit/action.js'
import type { Dialect } from '../../../src/kit/dialect/dialect.js'
import { camelCase, snakeCase } from '../../../src/kit/dialect/spelling.js'
import { type Json, z } from '../../../src/kit/index.js'
import { cursorPage } from '../../../src/kit/paging/cursor.js'
import { emptyText, file, list, mapped, member, nothing, without } from '../../../src/kit/request/answers.js'
import { type RequestPlan, request } from '../../../src/kit/request/request.js'
import { testCall } from '../../connectors/harness.js'
import { type ScriptedAnswer, scripted } from '../scripted.js'

const dialect: Dialect = {
  query: camelCase,
  member: camelCase,
  answer: snakeCase,
  select: ({ fields, items }) => ({ fields: fields === null ? '*' : [items, ...fields].join() }),
}
const text = z.string().optional()
const input = {
  id: z.string(),
  name: text,
  parent_id: text,
  send_mail: z.boolean().optional(),
  drive_id: text,
  cursor: text,
}

/** Runs an action that is this request, and tells what left and what came of it. */
async function played(
  run: RequestPlan<keyof typeof input>,
  raw: unknown,
  answer: ScriptedAnswer = { json: {} },
  more: object = {},
) {
  const action = defineAction({
    name: 'act',
    description: 'Acts.',
    effect: 'update',
    input,
    defaultFields: ['id', 'name'],
    run,
  })
  const { upstream, left } = scripted([answer], { dialect, hosts: { upload: 'https://upload.example/up' }, ...more })
  const result = await action.prepare(raw)(upstream, testCall())
  const [{ line = '', body = undefined, headers = {} } = {}] = left
  return { line: line.replace('https://api.example/v1', ''), body, headers, result }
}

describe('what leaves', () => {
  test('of a GET: what is not in the path is in the query', async () => {
    const { line, body } = await played(request('GET /files/{id}', { select: false }), { id: 'a', parent_id: 'b' })
    expect([line, body]).toEqual(['GET /files/a?parentId=b', undefined])
  })

  test('of a POST: what is not in the path is in the body', async () => {
    const plan = request('POST /files/{id}', { query: ['send_mail'], select: false })
    const { line, body, headers } = await played(plan, { id: 'a', parent_id: 'b', send_mail: false })
    expect([line, body]).toEqual(['POST /files/a?sendMail=false', '{"parentId":"b"}'])
    expect(headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer t0ken' })
  })

  test('has other names and places where the vendor has them', async () => {
    const rename = { parent_id: 'parents[0]', name: 'file/title', drive_id: '@microsoft.graph.conflictBehavior' }
    const plan = request('PATCH /files/{id}', {
      rename,
      adds: { mime_type: 'x/y' },
      unsent: ['send_mail'],
      select: false,
    })
    const { body } = await played(plan, { id: 'a', parent_id: 'b', name: 'n', send_mail: true, drive_id: 'r' })
    expect(JSON.parse(body ?? '')).toEqual({
      mimeType: 'x/y',
      parents: ['b'],
      file: { title: 'n' },
      '@microsoft.graph.conflictBehavior': 'r',
    })
  })

  test('adds to the query of a request without a body', async () => {
    const { line } = await played(request('GET /files/{id}', { adds: { alt: 'media' }, select: false }), { id: 'a' })
    expect(line).toBe('GET /files/a?alt=media')
  })

  test('has no body where nothing is to be sent', async () => {
    const { body, headers } = await played(request('POST /files/{id}/copy', { select: false }), { id: 'a' })
    expect(body).toBeUndefined()
    expect(headers).not.toHaveProperty('content-type')
  })

  test('goes where the parameters allow', async () => {
    const plan = request('GET /{drive}/items/{id}', {
      choose: { drive: ['drives/{drive_id}', 'me/drive'] },
      select: false,
    })
    expect((await played(plan, { id: 'a' })).line).toBe('GET /me/drive/items/a')
    expect((await played(plan, { id: 'a', drive_id: 'd/1' })).line).toBe('GET /drives/d%2F1/items/a')
  })

  test('goes to another host of the connector', async () => {
    const plan = request('POST upload:/files/{id}', { select: false })
    expect((await played(plan, { id: 'a' })).line).toBe('POST https://upload.example/up/files/a')
  })

  test('is a form for a vendor that wants forms, in which lists are JSON text', async () => {
    const form: Dialect = { body: 'form' }
    const action = defineAction({
      name: 'act',
      description: 'Acts.',
      effect: 'create',
      input: {
        channel: z.string(),
        blocks: z.array(z.record(z.string(), z.unknown())),
        unfurl: z.boolean().optional(),
      },
      run: request('POST /chat.postMessage'),
    })
    const { upstream, left } = scripted([{ json: {} }], { dialect: form })
    await action.prepare({ channel: 'C & D', blocks: [{ a_b: 1 }], unfurl: false })(upstream, testCall())
    const [{ body = '', headers = {} } = {}] = left
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      channel: 'C & D',
      blocks: '[{"a_b":1}]',
      unfurl: 'false',
    })
  })
})

describe('the members that are asked for', () => {
  const plan = request('GET /files/{id}', { answer: cursorPage({ items: 'files', next: 'next_page_token' }) })
  const fieldsFor = async (more: object) =>
    new URLSearchParams((await played(plan, { id: 'a', ...more }, { json: { files: [] } })).line.split('?')[1]).get(
      'fields',
    )

  test('are all of them by default', async () => {
    expect(await fieldsFor({})).toBe('*')
  })
  test('are those wanted, if they are among the usual ones', async () => {
    expect(await fieldsFor({ response_fields: ['name'] })).toBe('files,name')
  })
  test('are all where a wanted one is not known to exist, or a filter may need another', async () => {
    expect(await fieldsFor({ response_fields: ['name', 'colour'] })).toBe('*')
    const filter = { type: 'string', field_name: 'state', value: 'x' }
    expect(await fieldsFor({ response_fields: ['name'], response_filters: [filter] })).toBe('*')
  })
})

describe('what comes back', () => {
  const plan = (answer: Parameters<typeof request>[1]) => request('GET /files/{id}', { ...answer, select: false })
  test.each<[string, RequestPlan<'id'>, Json, Json]>([
    ['the answer', plan({}), { mimeType: 'x' }, { mime_type: 'x' }],
    [
      'a member',
      plan({ answer: member('file.owner') }),
      { file: { owner: { displayName: 'A' } } },
      { display_name: 'A' },
    ],
    ['a list', plan({ answer: list('items') }), { items: [{ aB: 1 }] }, [{ a_b: 1 }]],
    ['an empty list', plan({ answer: list('items') }), { items: null }, []],
    ['a bare list', plan({ answer: list() }), [1], [1]],
    ['the answer without what says nothing', plan({ answer: without('ok') }), { ok: true, ts: '1' }, { ts: '1' }],
    ['an empty object', plan({ answer: nothing }), { anything: 1 }, {}],
    ['an empty text', plan({ answer: emptyText }), null, ''],
    ['what was made of it', plan({ answer: mapped((json) => [json]) }), 1, [1]],
  ])('is %s', async (_, run, answer, data) => {
    const { result } = await played(run, { id: 'a' }, { json: answer })
    expect(result).toEqual({ data, meta: null })
  })

  test('may be a file', async () => {
    const headers = { 'content-type': 'image/png', 'content-disposition': 'attachment; filename="a/b.png"' }
    const bytes = new Uint8Array([0, 255, 1])
    const { result, headers: sent } = await played(plan({ answer: file }), { id: 'a' }, { headers, bytes })
    expect(result).toMatchObject({ filename: 'b.png', contentType: 'image/png', bytes })
    expect(sent.accept).toBe('*/*')
  })

  test.each<[RequestPlan<'id'>, Json]>([
    [plan({ answer: member('file') }), { other: 1 }],
    [plan({ answer: list('items') }), { items: 'none' }],
    [plan({ answer: list('items') }), { error: 'none' }],
    [plan({ answer: without('ok') }), [1]],
  ])('fails where it is not in the documented form', async (run, answer) => {
    await expect(played(run, { id: 'a' }, { json: answer })).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test("is shaped by paths in the vendor's spelling, too", async () => {
    const answer = {
      json: {
        items: [
          { mimeType: 'a', webLink: 'b' },
          { mimeType: 'c', webLink: 'd' },
        ],
      },
    }
    const raw = {
      id: 'a',
      response_fields: ['mimeType'],
      response_filters: [{ type: 'string', field_name: 'webLink', value: 'd' }],
    }
    expect((await played(plan({ answer: list('items') }), raw, answer)).result).toMatchObject({
      data: [{ mime_type: 'c' }],
    })
  })
})

describe('a mistake of the author is found when the module loads', () => {
  const define = (run: RequestPlan) => () =>
    defineAction({
      name: 'act',
      description: 'Acts.',
      effect: 'read',
      input: { id: z.string() },
      run: run as RequestPlan<'id'>,
    })
  test.each<[string, () => RequestPlan]>([
    ['a placeholder', () => request('GET /files/{file_id}')],
    ['a query parameter', () => request('POST /files/{id}', { query: ['mail'] })],
    ['a renamed parameter', () => request('GET /files/{id}', { rename: { q: 'query' } })],
    ['a parameter that is not sent', () => request('GET /files/{id}', { unsent: ['x'] })],
    ['an alternative', () => request('GET /{drive}/{id}', { choose: { drive: ['drives/{drive_id}', 'me'] } })],
  ])('%s that does not exist', (_, plan) => {
    expect(define(plan())).toThrow('names parameters that it does not have')
  })
  test.each(['FETCH /x', 'GET x', 'GET /a b', '/x'])('the line %j', (line) => {
    expect(() => request(line)).toThrow('is not a method and a path')
  })
  test('and by the compiler', () => {
    defineAction({
      name: 'act',
      description: 'Acts.',
      effect: 'read',
      input: { id: z.string(), file_id: z.string() },
      run: request('GET /files/{file_id}/{id}'),
    })
    const run = request('GET /{file_id}')
    const facts = { name: 'act', description: 'Acts.', effect: 'read', input: {} } as const
    // @ts-expect-error: the action has no parameter `file_id`
    expect(() => defineAction({ ...facts, run })).toThrow('file_id')
  })
})
