import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { beforeAll, describe, expect, test } from 'vitest'
import { CredentialRefused } from '../../src/base/credential-refused.js'
import * as exported from '../../src/index.js'
import { type Connector, ConnectorFile, type ConnectorsError, type Json, path } from '../../src/kit/index.js'
import { constraintSentences } from '../../src/kit/parameters/constraints.js'
import { connectTo, credentialOf, type Exchange, play, script, testCall } from '../connectors/harness.js'
import type { ProofData } from '../connectors/proof/data.js'
import { failureFaults } from '../connectors/proof/failures.js'
import { sweep } from '../connectors/proof/sweep.js'
import { type ScriptedAnswer, scripted } from '../kit/scripted.js'
import { codeBlocks, keptFolder, ROOT } from './served.js'

const GUIDE = 'docs/adding-a-connector.md'

/** The files of the guide: each block begins with the name of its file. */
async function guideFiles(): Promise<[name: string, code: string][]> {
  const blocks = await codeBlocks(GUIDE, 'ts')
  return blocks.map((code) => [/^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? expect.fail(`no name: ${code}`), code])
}

async function write(folder: string, files: readonly (readonly [name: string, content: string])[]): Promise<void> {
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}

/** In place of vitest in the test of the guide: a test cannot run inside another one. */
const COLLECTED = `export { expect } from 'vitest'
export const tests: [name: string, run: () => Promise<void>][] = []
export const test = (name: string, run: () => Promise<void>): void => void tests.push([name, run])
`
/** What the files of the guide import and the guide does not have. */
const SHARED = ['node_modules', 'src/kit', 'test/connectors/harness.ts', 'test/connectors/proof/data.ts']

let binder: Connector
let data: ProofData
let tests: [name: string, run: () => Promise<void>][]

beforeAll(async () => {
  const folder = await keptFolder()
  const files = (await guideFiles()).map(
    ([name, code]) => [name, code.replace("from 'vitest'", "from './collected.js'")] as const,
  )
  await write(folder, [...files, ['test/connectors/collected.ts', COLLECTED]])
  for (const shared of SHARED) {
    await mkdir(dirname(join(folder, shared)), { recursive: true })
    await symlink(join(ROOT, shared), join(folder, shared))
  }
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href)
  await load('test/connectors/binder.test.ts')
  ;({ tests } = await load('test/connectors/collected.ts'))
  ;({ binder } = await load('src/connectors/binder/index.ts'))
  ;({ default: data } = await load('test/connectors/proof/data/binder.ts'))
})

const act = (action: string, input: unknown, exchanges: Exchange | Exchange[]) => play(binder, action, input, exchanges)

/** A file out of an action. */
const fileOf = (action: string, input: unknown, exchanges: Exchange | Exchange[]): Promise<ConnectorFile> =>
  script(binder, exchanges, {}, async (connect) => {
    const result = await binder.byName.get(action)?.prepare(input)(connect(), testCall())
    return result instanceof ConnectorFile ? result : expect.fail('It is no file.')
  })

describe('the connector of the guide', () => {
  test('passes the tests that the guide has for it', async () => {
    expect(tests.map(([name]) => name)).toEqual([
      'list_notes asks in the folder, where there is one',
      'a refusal inside a 200 becomes an error',
      'an account is called by its mail address',
      'a grant ends with the token itself',
    ])
    for (const [, run] of tests) await run()
  })

  test('passes the sweep with the data of the guide, but for its address, which nothing describes', async () => {
    const { faults } = await sweep(binder, data)
    expect(faults).not.toEqual([])
    expect(faults.filter((fault) => !fault.includes('nothing is known about that address'))).toEqual([])
  })

  test('passes the table of failures with the refusals of the guide', async () => {
    expect(await failureFaults(binder, data)).toEqual([])
  })

  test('has descriptions as short as the guide asks for', () => {
    const long = binder.actions.filter(({ description }) => encode(description).length > 60)
    expect(long.map(({ name }) => name)).toEqual([])
  })

  test('takes a second name, another place, and asks for the wanted members alone', async () => {
    const answer = { notes: [{ noteId: 'n1', title: 'Rent' }] }
    const input = { cursor: 't2', response_fields: ['note_id', 'title'] }
    const query = { pageToken: 't2', pageSize: '20', sort: 'newest', fields: 'nextPageToken,notes.noteId,notes.title' }
    expect(await act('list_notes', input, { request: 'GET /me/notes', query, response: answer })).toEqual({
      data: [{ note_id: 'n1', title: 'Rent' }],
      meta: { has_next: false, forwards_cursor: null },
    })
  })

  test('puts each parameter into its place', async () => {
    const input = { title: 'Rent', text: 'May', folder_id: 'f1', labels: { due_date: 'May' }, notify_readers: true }
    await act('create_note', input, {
      request: 'POST /notes',
      query: { notifyReaders: 'true', version: '2' },
      headers: { prefer: 'return=whole' },
      content: { title: 'Rent', text: 'May', parents: [{ id: 'f1' }], labels: { due_date: 'May' }, kind: 'text' },
      response: {},
    })
  })

  test('completes what follows, and holds its constraints', async () => {
    const exchange = {
      request: 'POST /notes/n1/shares',
      content: { type: 'link', silent: true },
      response: { share: 1 },
    }
    expect(await act('share_note', { note_id: 'n1', type: 'link' }, exchange)).toEqual({ data: 1, meta: null })
    const refused = act('share_note', { note_id: 'n1', type: 'person' }, [])
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('needs mail for type person') })
    await expect(act('create_note', { title: 'Rent' }, [])).rejects.toMatchObject({ code: 'INVALID_PARAMETERS' })
    const scopes = (type: string) => binder.byName.get('share_note')?.prepare({ note_id: 'n', type, mail: undefined })
    expect(scopes('link')?.scopes).toHaveLength(2)
  })

  test('gathers in the background, and answers from what is kept', async () => {
    const input = { folder_id: 'f1', word: 'May' }
    const notes = ['n1', 'n2', 'n3'].map((noteId) => ({ noteId }))
    const exchanges: Exchange[] = [
      { request: 'GET /folders/f1/notes', response: { notes } },
      { request: 'GET /notes/n1', response: { text: 'Rent of May' } },
      { request: 'GET /notes/n2', response: { text: 'Rent of June' } },
      { request: 'GET /notes/n3', response: { error: { errorCode: 'noSuchNote' } } },
    ]
    expect(await act('list_texts', input, exchanges)).toMatchObject({
      data: [{ note_id: 'n1', text: 'Rent of May' }],
      meta: { total: 1, has_next: false, errors: [{ note_id: 'n3', code: 'NOT_FOUND' }] },
    })
    expect(binder.byName.get('list_texts')?.background).toEqual({ gatheredBy: ['folder_id'], keptFor: 3600 })
  })

  test('reads lists that are cut here, and by offsets', async () => {
    const folders = { folders: [{ folderId: 'f2' }], total: 3 }
    const asked = { request: 'GET /folders', query: { skip: '1', take: '1' }, response: folders }
    expect(await act('list_folders', { limit: 1, cursor: '1' }, asked)).toEqual({
      data: [{ folder_id: 'f2' }],
      meta: { has_next: true, forwards_cursor: '2', total: 3 },
    })
    const first = { notes: [{ noteId: 'a' }], nextPageToken: 't' }
    const second = { notes: [{ noteId: 'b' }] }
    const exchanges = [
      { request: 'GET /folders/f/notes', response: first },
      { request: 'GET /folders/f/notes', query: { pageToken: 't' }, response: second },
      { request: 'GET /notes/b', response: { noteId: 'b', text: 'B' } },
    ]
    expect(await act('read_folder', { folder_id: 'f', page: 2, per_page: 1 }, exchanges)).toMatchObject({
      data: [{ note_id: 'b', text: 'B' }],
      meta: { page: 2, total: 2, has_next: false, has_prev: true },
    })
  })

  test('reads a part of a GraphQL answer, and says what failed', async () => {
    const response = { data: { board: null, other: 1 }, errors: [{ path: ['board'], message: 'Timeout' }] }
    const content = { query: expect.any(String), variables: { id: 'f' } }
    const seen: Json[] = []
    const upstream = connectTo(
      binder,
      async ({ body }) => {
        seen.push(JSON.parse(String(body)))
        return { status: 200, headers: new Headers(), body: Buffer.from(JSON.stringify(response)) }
      },
      () => credentialOf(binder),
    )
    const result = await binder.byName.get('get_board')?.prepare({ folder_id: 'f' })(upstream, testCall())
    expect(result).toEqual({ data: null, meta: { failed_fields: [{ path: 'board', message: 'Timeout' }] } })
    expect(seen).toEqual([content])
  })

  test('gets files, also from an address without a credential', async () => {
    const pdf = { request: 'GET /notes/n/print', responseHeaders: { 'content-type': 'application/pdf' }, response: 1 }
    expect((await fileOf('print_note', { note_id: 'n' }, pdf)).contentType).toBe('application/pdf')
    const seen: [address: string, authorization: string | undefined][] = []
    const send: Parameters<typeof connectTo>[1] = async ({ url, headers }) => {
      seen.push([url.href, headers.authorization])
      const json = { fileName: 'a.txt', downloadUrl: 'https://files.binder.example/1?signature=2' }
      return { status: 200, headers: new Headers(), body: Buffer.from(JSON.stringify(json)) }
    }
    const input = { note_id: 'n', file_id: 'f' }
    const upstream = connectTo(binder, send, () => credentialOf(binder))
    const file = await binder.byName.get('download_file')?.prepare(input)(upstream, testCall())
    expect(file).toMatchObject({ filename: 'a.txt' })
    expect(seen).toEqual([
      ['https://api.binder.example/v2/notes/n/files/f', 'Bearer test-token'],
      ['https://files.binder.example/1?signature=2', undefined],
    ])
  })

  test('uploads a small file in one request', async () => {
    const file = new ConnectorFile(Buffer.from('Hello'), 'a.txt', 'text/plain')
    const { data } = await act(
      'upload_file',
      { note_id: 'n', file },
      {
        request: 'POST https://upload.binder.example/v2/notes/n/files',
        upload: { media: { type: 'text/plain', text: 'Hello' }, metadata: { fileName: 'a.txt' } },
        response: { fileId: 'f' },
      },
    )
    expect(data).toEqual({ file_id: 'f' })
  })

  test('uploads a large file in parts, and goes on after what arrived', async () => {
    const size = 6 * 1024 * 1024
    const ranges: (string | undefined)[] = []
    const send: Parameters<typeof connectTo>[1] = async ({ method, headers }) => {
      if (method === 'POST') {
        const location = 'https://upload.binder.example/session/1'
        return { status: 200, headers: new Headers({ location }), body: Buffer.from('{}') }
      }
      ranges.push(headers['content-range'])
      const isLast = ranges.length === 2
      const range: Record<string, string> = isLast ? {} : { range: 'bytes=0-262143' }
      const body = Buffer.from(isLast ? '{"fileId":"f"}' : '')
      return { status: isLast ? 201 : 308, headers: new Headers(range), body }
    }
    const file = new ConnectorFile(new Uint8Array(size), 'a.bin')
    const upstream = connectTo(binder, send, () => credentialOf(binder))
    const result = await binder.byName.get('upload_file')?.prepare({ note_id: 'n', file })(upstream, testCall())
    expect(result).toEqual({ data: { file_id: 'f' }, meta: null })
    expect(ranges).toEqual([`bytes 0-5242879/${size}`, `bytes 262144-5505023/${size}`])
  })
})

describe('the tables of the guide', () => {
  test.each([
    ['kit/request/request.ts', 'RequestOptions'],
    ['kit/dialect/dialect.ts', 'Dialect'],
    ['kit/connector.ts', 'ConnectorFacts'],
    ['kit/connector.ts', 'CustomAuth'],
    ['kit/upstream/failures.ts', 'FailureRule'],
    ['kit/upstream/failures.ts', 'FailureFacts'],
    ['kit/background.ts', 'BackgroundWork'],
    ['oauth/provider.ts', 'OAuthProvider'],
    ['kit/upstream/upstream.ts', 'Upstream'],
    ['kit/upstream/upstream.ts', 'UpstreamRequest'],
    ['../test/connectors/proof/data.ts', 'ProofData'],
  ])('say what the members of %s %s are', async (file, name) => {
    const source = await readFile(join(ROOT, 'src', file), 'utf8')
    const [body = ''] = new RegExp(`^export interface ${name}\\b.*?^}`, 'ms').exec(source) ?? []
    const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[?(:]/gm)].map(([, member = '']) => member)
    const text = await readFile(join(ROOT, GUIDE), 'utf8')
    // What the kit itself reads of an upstream is not for authors.
    const forKit = ['hasWritten', 'dialect', 'notices']
    const missing = members.filter((member) => !new RegExp(`[\`.'{ ]${member}\\b`).test(text))
    expect(members.length).toBeGreaterThan(3)
    expect(missing.filter((member) => !forKit.includes(member))).toEqual([])
  })

  test('say which code a status becomes', async () => {
    const text = await readFile(join(ROOT, GUIDE), 'utf8')
    const rows = [...text.matchAll(/^\| (\d{3}(?:, \d{3})*)[^|]* \| `(\w+)`(.*) \|$/gm)]
    const pairs = rows.flatMap(([, statuses = '', code]) =>
      statuses.split(', ').map((status) => [status, code] as const),
    )
    const said = Object.fromEntries(pairs)
    expect(Object.keys(said).length).toBeGreaterThan(14)
    const codeOf = async (status: number, more: Partial<ScriptedAnswer> = {}) => {
      const asked = scripted([{ status, json: {}, ...more }]).upstream.get(path`/x`)
      const error = await asked.catch((reason: unknown) => reason)
      return error instanceof CredentialRefused ? 'RECONNECT_REQUIRED' : (error as ConnectorsError).code
    }
    const found = await Promise.all(Object.keys(said).map(async (status) => [status, await codeOf(Number(status))]))
    expect(Object.fromEntries(found)).toEqual(said)
    const ofSchema = (code: string) => ({ json: { errors: [{ extensions: { code } }] } })
    for (const [code = ''] of text.matchAll(/\bGRAPHQL_\w+_FAILED\b/g)) {
      expect(await codeOf(400, ofSchema(code))).toBe('UPSTREAM_REFUSED')
    }
    for (const headers of [{ 'retry-after': '1' }, { 'x-ratelimit-remaining': '0' }])
      expect(await codeOf(403, { headers })).toBe('RATE_LIMITED')
  })

  test('have the sentences that constraints add to a description', async () => {
    const text = await readFile(join(ROOT, GUIDE), 'utf8')
    const rows = [...text.matchAll(/^\| `((\w+)\(.*\))` \| ((?:Needs|Takes) .*\.) \|$/gm)]
    const { atLeastOne, exactlyOne, needs, excludes } = exported
    const makers = { atLeastOne, exactlyOne, needs, excludes }
    const made = rows.map(([, code]) =>
      new Function(...Object.keys(makers), `return ${code}`)(...Object.values(makers)),
    )
    expect(rows.map(([, , name]) => name)).toEqual(Object.keys(makers))
    expect(made.flatMap((one) => constraintSentences([one]))).toEqual(rows.map(([, , , sentence]) => sentence))
  })
})

describe('what the package exports to authors', () => {
  /** The names in the table at the end of the guide; the last row has the types. */
  async function namesInGuide(): Promise<{ values: string[]; types: string[] }> {
    const text = await readFile(join(ROOT, GUIDE), 'utf8')
    const rows = text.slice(text.indexOf('\n## All names')).match(/^\| (?!For|---).*$/gm) ?? []
    const named = rows.map((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
    return { values: named.slice(0, -1).flat().sort(), types: (named.at(-1) ?? []).sort() }
  }

  /** What `src/index.ts` has besides the client of the API, and what the client has for authors, too. */
  async function namesOfIndex(): Promise<{ values: string[]; types: string[] }> {
    const source = await readFile(join(ROOT, 'src/index.ts'), 'utf8')
    const lists = [...source.matchAll(/export (type )?\{([^}]*)\} from/g)]
    const names = lists.flatMap(([, isType, list = '']) =>
      list.split(',').map((name) => (isType ? `type ${name.trim()}` : name.trim())),
    )
    const named = names.filter((name) => name !== '')
    const isType = (name: string) => name.startsWith('type ')
    return {
      values: [...named.filter((name) => !isType(name)), 'ConnectorsError'].sort(),
      types: [...named.filter(isType).map((name) => name.slice('type '.length)), 'Json', 'JsonObject'].sort(),
    }
  }

  test('is what the guide names, no more and no less', async () => {
    const names = await namesInGuide()
    expect(names).toEqual(await namesOfIndex())
    expect(names.values.filter((name) => !(name in exported))).toEqual([])
  })

  test('is enough for the connector of the guide, by the type declarations that are built', async () => {
    const folder = await keptFolder()
    const sources = (await guideFiles()).filter(([name]) => name.startsWith('src/'))
    const files = sources.map(
      ([name, code]) => [name, code.replace("'../../kit/index.js'", "'connectors-mcp'")] as const,
    )
    const { compilerOptions } = JSON.parse(await readFile(join(ROOT, 'tsconfig.json'), 'utf8'))
    const options = { ...compilerOptions, types: [], noEmit: true }
    await write(folder, [
      ...files,
      ['package.json', '{"type":"module"}'],
      ['tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['src'] })],
    ])
    await mkdir(join(folder, 'node_modules'))
    await symlink(ROOT, join(folder, 'node_modules/connectors-mcp'))
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    const compiled = promisify(execFile)(process.execPath, [compiler, '-p', folder]).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    )
    expect(await compiled).toBe('')
  }, 120_000)
})
