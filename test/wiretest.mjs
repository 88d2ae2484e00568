// A connector for tests only, as a person would write one of their own. It lets the published clients play paging,
// files, shaping and retries without a third party: connectors-mcp serve --connector test/wiretest.mjs
import { createHash } from 'node:crypto'
import { binary, ConnectorFile, ConnectorsError, defineAction, defineConnector, Result, z } from 'connectors-mcp'

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

const listNumbers = defineAction({
  name: 'list_numbers',
  description: 'List the numbers from 1 to a total, a numbered page at a time.',
  effect: 'read',
  input: {
    total: z.number().int().min(0).max(10_000).default(25),
    page: z.number().int().min(1).default(1),
    limit: z.number().int().min(1).max(100).default(10),
  },
  run: async (_none, { total, page, limit }) => {
    const pages = Math.ceil(total / limit)
    const first = (page - 1) * limit
    const data = Array.from({ length: Math.max(0, Math.min(limit, total - first)) }, (_, i) => {
      const n = first + i + 1
      return { n, sub: { even: n % 2 === 0, n } }
    })
    return new Result(data, { page, limit, total, total_page: pages, has_next: page < pages, has_prev: page > 1 })
  },
})

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz']

const listLetters = defineAction({
  name: 'list_letters',
  description: 'List the letters from a to z, by cursors.',
  effect: 'read',
  input: { cursor: z.string().nullish(), limit: z.number().int().min(1).max(26).default(10) },
  run: async (_none, { cursor, limit }) => {
    const start = cursor ? Number(Buffer.from(cursor, 'base64url').toString()) : 0
    if (!Number.isInteger(start) || start < 0 || start > 26) {
      throw new ConnectorsError('INVALID_PARAMETERS', 'That cursor is none of ours; begin again without one.')
    }
    const to = (at) => Buffer.from(String(at)).toString('base64url')
    return new Result(
      LETTERS.slice(start, start + limit).map((letter) => ({ letter })),
      {
        forwards_cursor: start + limit < 26 ? to(start + limit) : null,
        backwards_cursor: start > 0 ? to(Math.max(0, start - limit)) : null,
        has_next: start + limit < 26,
        has_prev: start > 0,
        total: 26,
        total_page: Math.ceil(26 / limit),
      },
    )
  },
})

const echo = defineAction({
  name: 'echo',
  description: 'Give back what arrived, and the account that was named.',
  effect: 'read',
  input: { value: z.looseObject({}).nullish(), text: z.string().nullish() },
  run: async (_none, params, { identifier }) => ({ params, integration: identifier }),
})

const upload = defineAction({
  name: 'upload',
  description: 'Take files and say what arrived.',
  effect: 'create',
  shaping: false,
  input: {
    file: binary().nullish(),
    files: z.array(binary()).nullish(),
    note: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    flag: z.boolean().nullish(),
    count: z.number().int().nullish(),
  },
  run: async (_none, { file, files, note, tags, flag, count }) => {
    const described = (field, { bytes, filename, contentType }) => ({
      field,
      filename,
      content_type: contentType,
      size: bytes.length,
      sha256: sha256(bytes),
    })
    return {
      files: [...(file ? [described('file', file)] : []), ...(files ?? []).map((one) => described('files', one))],
      note: note ?? null,
      tags: tags ?? [],
      flag: flag ?? null,
      count: count ?? null,
    }
  },
})

const download = defineAction({
  name: 'download',
  description: 'Give back a text as a file.',
  effect: 'read',
  shaping: false,
  input: { text: z.string(), filename: z.string().nullish(), content_type: z.string().nullish() },
  run: async (_none, { text, filename, content_type }) =>
    new ConnectorFile(Buffer.from(text), filename ?? 'file.txt', content_type ?? 'text/plain; charset=utf-8'),
})

const attempts = new Map()
const CODES = {
  429: 'RATE_LIMITED',
  500: 'INTERNAL',
  502: 'UPSTREAM_ERROR',
  503: 'UNAVAILABLE',
  504: 'UPSTREAM_TIMEOUT',
}

const fail = defineAction({
  name: 'fail',
  description: 'Fail the first so many times that a user calls with a key.',
  effect: 'read',
  shaping: false,
  input: {
    key: z.string(),
    status: z
      .number()
      .int()
      .refine((status) => status in CODES, `is one of ${Object.keys(CODES).join(', ')}`),
    times: z.number().int().nullish(),
    retryable: z.boolean().default(false),
    retry_after_seconds: z.number().int().min(0).nullish(),
  },
  run: async (_none, { key, status, times, retryable, retry_after_seconds }, { caller }) => {
    const whose = JSON.stringify([caller, key])
    const n = (attempts.get(whose) ?? 0) + 1
    attempts.set(whose, n)
    if (n > (times ?? Number.POSITIVE_INFINITY)) return { attempts: n }
    throw new ConnectorsError(CODES[status], 'This action fails as it was asked to.', {
      retryable,
      ...(retry_after_seconds == null ? {} : { retryAfterSeconds: retry_after_seconds }),
    })
  },
})

export const wiretest = defineConnector({
  name: 'wiretest',
  title: 'Wire test',
  description: 'Plays paging, files, shaping and failures for tests of clients.',
  categories: ['test'],
  port: 'none',
  auth: {},
  actions: [listNumbers, listLetters, echo, upload, download, fail],
})
