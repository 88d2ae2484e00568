import { describe, expect, test } from 'vitest'
import { allOf, anyOf, atLeastOne, binary, defineAction, defineConnector, z } from '../../../src/kit/index.js'
import { everyConnector } from './connectors.js'
import { DEVIATIONS } from './deviations.js'
import { differencesOf, scopesText } from './differences.js'
import { asListed } from './listed-scopes.js'
import { misnamed, type PublishedConnector, type PublishedParam, published } from './published.js'

const cases = everyConnector.map(({ connector }) => [connector.name, connector] as const)

describe.runIf(published)('the published catalogue', () => {
  test.each(cases)('lists %s as it is, but for the deviations that are meant', (name, connector) => {
    const listed = published?.find((entry) => entry.connector === name)
    const wrongName = misnamed(connector, published ?? [])
    const found = listed ? differencesOf(connector, listed) : wrongName ? [{ action: '*', what: wrongName }] : []
    const meant = DEVIATIONS.filter((deviation) => deviation.connector === name)
    const isMeant = ({ action, what }: (typeof found)[number]): boolean =>
      meant.some((one) => (one.action === '*' || one.action === action) && one.what === what)
    const wrong = found.filter((one) => !isMeant(one)).map(({ action, what }) => `${action}: ${what}`)
    const spare = meant
      .filter(
        (one) => !found.some(({ action, what }) => (one.action === '*' || one.action === action) && one.what === what),
      )
      .map(({ action, what }) => `the deviation of ${action}, "${what}", does not apply any more`)
    if (wrong.length + spare.length > 0) expect.fail([...wrong, ...spare].join('\n'))
  })

  test('is deviated from by connectors of the package only, each time for a reason', () => {
    const names = cases.map(([name]) => name)
    const odd = DEVIATIONS.filter(({ connector, reason }) => !names.includes(connector) || reason.length < 10)
    expect(odd).toEqual([])
  })
})

describe('a connector that the catalogue does not list', () => {
  const listed = ['github', 'google_drive', 'sql'].map((connector) => ({
    connector,
    title: connector,
    base_url: connector === 'sql' ? null : `https://${connector}.example`,
    actions: [],
  }))
  const baseUrl = 'https://other.example'

  test.each<[string, string | undefined, string | undefined]>([
    ['github', baseUrl, undefined],
    ['linear', baseUrl, undefined],
    ['notes', undefined, undefined],
    ['githbu', baseUrl, 'it is not published (did you mean github?)'],
    ['googledrive', baseUrl, 'it is not published (did you mean google_drive?)'],
    ['drive', 'https://google_drive.example', 'it is not published, and google_drive is at its address'],
  ])('%s at %s', (name, address, what) => {
    expect(misnamed({ name, baseUrl: address }, listed)).toBe(what)
  })
})

describe('a difference', () => {
  const action = defineAction({
    name: 'get_note',
    description: 'Get a note.',
    effect: 'read',
    scopes: [allOf('notes:read')],
    constraints: [atLeastOne('mail_to', 'mail_subject', 'mail_body')],
    input: {
      id: z.string().min(1),
      kind: z.enum(['a', 'b']).default('a'),
      count: z.number().int().min(1).max(5).nullish(),
      labels: z.array(z.string()).min(2).optional(),
      file: binary().optional(),
      sort: z.enum(['up']).nullable(),
      more: z.object({ deep: z.string() }).optional(),
      map: z.record(z.string(), z.number()).optional(),
      mail_to: z.string().optional(),
      mail_subject: z.string().optional(),
      mail_body: z.string().optional(),
    },
    run: async () => null,
  })
  const notes = defineConnector({
    name: 'notes',
    title: 'Notes',
    description: 'Keeps notes.',
    port: 'http',
    baseUrl: 'https://notes.example',
    auth: {},
    actions: [action],
  })
  const params: PublishedParam[] = [
    { name: 'id', type: 'string', required: true },
    { name: 'kind', type: 'string', required: false, enum: ['a', 'b'], default: 'a' },
    { name: 'count', type: 'integer', required: false, min: 1, max: 5 },
    { name: 'labels', type: 'array<string>', required: false, min_items: 2 },
    { name: 'file', type: 'file', required: false },
    { name: 'sort', type: 'string', required: true, nullable: true, enum: ['up'] },
    { name: 'more', type: 'object', required: false, fields: [{ name: 'deep', type: 'string', required: true }] },
    { name: 'map', type: 'map<number>', required: false },
    ...['mail_to', 'mail_subject', 'mail_body'].map((name) => ({ name, type: 'string', required: false })),
  ]
  const constraints = ['at least one of: mail_to, mail_subject, mail_body']
  const changed = (name: string, changes: Partial<PublishedParam>): PublishedParam[] =>
    params.map((param) => (param.name === name ? { ...param, ...changes } : param))
  const listed = (more: object, connector: object = {}): PublishedConnector => ({
    connector: 'notes',
    title: 'Notes',
    base_url: 'https://notes.example',
    ...connector,
    actions: [
      {
        name: 'get_note',
        effect: 'read',
        operation: 'GET /notes/{id}',
        scopes: { all: ['notes:read'] },
        shaped: true,
        // Beside a file, which goes in a form.
        filters: false,
        paging: { kind: 'none' },
        params,
        constraints,
        ...more,
      },
    ],
  })

  test('is not there where all is the same', () => {
    expect(differencesOf(notes, listed({}))).toEqual([])
  })

  test.each<[string, object]>([
    ['it is not published', { name: 'other' }],
    ['effect read, published update', { effect: 'update' }],
    ['background false, published true', { background: true }],
    ['shaping ["response_fields"], published []', { shaped: false }],
    ['shaping ["response_fields"], published ["response_fields","response_filters"]', { filters: undefined }],
    ['scopes all notes:read, published any a, b (for some)', { scopes: { any: ['a', 'b'], for: 'some' } }],
    [
      'constraint "Needs at least one of mail_to, mail_subject, mail_body." is not published',
      { constraints: undefined },
    ],
    [
      'constraint "exactly one of: channel, users" is missing',
      { constraints: [...constraints, 'exactly one of: channel, users'] },
    ],
    ['default_fields are missing', { default_fields: ['id'] }],
    ['paging by cursor is missing', { paging: { kind: 'cursor', param: 'id', alias: 'cursor' } }],
    ['parameter id is not published', { params: params.slice(1) }],
    ['parameter new is missing', { params: [...params, { name: 'new', type: 'string', required: false }] }],
    ['parameter id: type string, published integer', { params: changed('id', { type: 'integer' }) }],
    ['parameter id: required true, published false', { params: changed('id', { required: false }) }],
    ['parameter kind: enum ["a","b"], published ["a"]', { params: changed('kind', { enum: ['a'] }) }],
    ['parameter kind: default a, published b', { params: changed('kind', { default: 'b' }) }],
    ['parameter count: max 5, published 50', { params: changed('count', { max: 50 }) }],
    ['parameter count: min 1, published none', { params: changed('count', { min: undefined as never }) }],
    ['parameter labels: min_items 2, published none', { params: changed('labels', { min_items: undefined as never }) }],
    ['parameter sort: type string | null, published string', { params: changed('sort', { nullable: false }) }],
    ['parameter id: format none, published date', { params: changed('id', { format: 'date' }) }],
    [
      'parameter more.deep: type string, published boolean',
      { params: changed('more', { fields: [{ name: 'deep', type: 'boolean', required: true }] }) },
    ],
    ['parameter map: type map<number>, published object', { params: changed('map', { type: 'object' }) }],
  ])('%s', (what, more) => {
    expect(differencesOf(notes, listed(more))).toEqual([{ action: 'get_note', what }])
  })

  test.each<[string, object]>([
    ['title Notes, published Note', { title: 'Note' }],
    ['base_url https://notes.example, published none', { base_url: null }],
    ['hosts {}, published {"upload":"https://up.example"}', { hosts: { upload: 'https://up.example' } }],
    ['link_scopes none, published ["a"]', { link_scopes: ['a'] }],
  ])('of the connector: %s', (what, more) => {
    expect(differencesOf(notes, listed({}, more))).toEqual([{ action: '*', what }])
  })

  test('of scopes is one of their conditions, too, as the catalogue writes them', () => {
    const clauses = [
      anyOf('spaces.readonly', 'spaces', { when: { use_admin_access: false } }),
      allOf('drive', { when: 'file' }),
      allOf('both', { when: ['drive_id', 'item_id'] }),
      allOf('either', { when: { type: ['user', 'group'] }, for: 'people' }),
    ]
    expect(asListed(clauses)).toEqual([
      { any: ['spaces.readonly', 'spaces'], when: 'use_admin_access = false' },
      { all: ['drive'], when: 'file' },
      { all: ['both'], when: 'drive_id & item_id' },
      { all: ['either'], when: 'type = user | type = group', for: 'people' },
    ])
  })

  test('of scopes does not depend on how clauses are put', () => {
    expect(scopesText({ any: ['a', 'b'], also: [{ all: ['d', 'c'], when: 'x = true' }] })).toBe(
      scopesText([{ all: ['c', 'd'], when: 'x = true' }, { any: ['a', 'b'] }]),
    )
    expect(scopesText([])).toBe(scopesText({ all: [] }))
    expect(scopesText({ any: ['a', 'b'] })).not.toBe(scopesText({ any: ['b', 'a'] }))
  })
})
