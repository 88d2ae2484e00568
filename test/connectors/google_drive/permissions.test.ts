import { describe, expect, test } from 'vitest'
import { googleDrive } from '../../../src/connectors/google_drive/index.js'
import { type Exchange, play } from '../harness.js'
import { openApiOracle } from '../oracle.js'

// Published, and newer than the description.
const oracle = await openApiOracle('google/drive.json', {
  relax: ({ params }) => params.additionalProperty === 'enforceExpensiveAccess',
})
const ALL = { supportsAllDrives: 'true', fields: '*' }
const ADMIN = { supports_all_drives: true, use_domain_admin_access: true }
const ADMIN_QUERY = { ...ALL, useDomainAdminAccess: 'true' }
const ONE = { file_id: 'f1', permission_id: '123i' }

const ROWS: [action: string, which: string, input: Record<string, unknown>, exchange: Exchange][] = [
  [
    'create_permission',
    'anyone',
    { file_id: 'f1', role: 'reader', type: 'anyone' },
    { request: 'POST /files/f1/permissions', query: ALL, content: { role: 'reader', type: 'anyone' } },
  ],
  [
    'create_permission',
    'a domain',
    { file_id: 'f1', role: 'reader', type: 'domain', domain: 'example.com', allow_file_discovery: true },
    {
      request: 'POST /files/f1/permissions',
      query: ALL,
      content: { role: 'reader', type: 'domain', domain: 'example.com', allowFileDiscovery: true },
    },
  ],
  [
    'create_permission',
    'all, a person who becomes the owner',
    {
      ...ADMIN,
      file_id: 'f1',
      role: 'owner',
      type: 'user',
      email_address: 'ada@example.com',
      domain: 'example.com',
      expiration_time: '2027-01-31',
      allow_file_discovery: false,
      view: 'published',
      email_message: 'Here & there',
      move_to_new_owners_root: true,
      send_notification_email: true,
      transfer_ownership: true,
    },
    {
      request: 'POST /files/f1/permissions',
      query: {
        ...ADMIN_QUERY,
        emailMessage: 'Here & there',
        moveToNewOwnersRoot: 'true',
        sendNotificationEmail: 'true',
        transferOwnership: 'true',
      },
      content: {
        role: 'owner',
        type: 'user',
        emailAddress: 'ada@example.com',
        domain: 'example.com',
        expirationTime: '2027-01-31T23:59:59Z',
        allowFileDiscovery: false,
        view: 'published',
      },
    },
  ],
  ['get_permission', 'fewest', ONE, { request: 'GET /files/f1/permissions/123i', query: ALL }],
  ['get_permission', 'all', { ...ONE, ...ADMIN }, { request: 'GET /files/f1/permissions/123i', query: ADMIN_QUERY }],
  [
    'update_permission',
    'fewest',
    { ...ONE, role: 'writer' },
    { request: 'PATCH /files/f1/permissions/123i', query: ALL, content: { role: 'writer' } },
  ],
  [
    'update_permission',
    'all',
    {
      ...ONE,
      ...ADMIN,
      role: 'owner',
      expiration_time: '2027-01-31T10:00:00+02:00',
      remove_expiration: false,
      transfer_ownership: true,
      enforce_expensive_access: true,
    },
    {
      request: 'PATCH /files/f1/permissions/123i',
      query: { ...ADMIN_QUERY, removeExpiration: 'false', transferOwnership: 'true', enforceExpensiveAccess: 'true' },
      content: { role: 'owner', expirationTime: '2027-01-31T08:00:00Z' },
    },
  ],
]

test.each(ROWS)('%s, %s', async (action, _, input, exchange) => {
  const response = { id: '123i', type: 'user', emailAddress: 'ada@example.com' }
  const { data } = await play(googleDrive, action, input, { ...exchange, response }, { oracle })
  expect(data).toEqual({ id: '123i', type: 'user', email_address: 'ada@example.com' })
})

describe('list_permissions', () => {
  test.each<[Record<string, unknown>, Record<string, string>]>([
    [{}, ALL],
    [
      { ...ADMIN, include_permissions_for_view: 'published', page_size: 100, page_token: 'more' },
      { ...ADMIN_QUERY, includePermissionsForView: 'published', pageSize: '100', pageToken: 'more' },
    ],
    [{ cursor: 'more' }, { ...ALL, pageToken: 'more' }],
  ])('%j', async (input, query) => {
    const response = { permissions: [{ id: '1', displayName: 'Ada' }], nextPageToken: 'next' }
    const exchange = { request: 'GET /files/f1/permissions', query, response }
    expect(await play(googleDrive, 'list_permissions', { file_id: 'f1', ...input }, exchange, { oracle })).toEqual({
      data: [{ id: '1', display_name: 'Ada' }],
      meta: { has_next: true, forwards_cursor: 'next' },
    })
  })
})

test.each([
  [ONE, { supportsAllDrives: 'true' }],
  [
    { ...ONE, supports_all_drives: false, use_domain_admin_access: true, enforce_expensive_access: true },
    { supportsAllDrives: 'false', useDomainAdminAccess: 'true', enforceExpensiveAccess: 'true' },
  ],
])('delete_permission %j returns an empty text', async (input, query) => {
  const exchange = { request: 'DELETE /files/f1/permissions/123i', query, status: 204 }
  expect(await play(googleDrive, 'delete_permission', input, exchange, { oracle })).toEqual({ data: '', meta: null })
})

describe('create_permission, before anything is sent', () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    ['a person without an address', { type: 'user' }, ['email_address']],
    ['a group without an address', { type: 'group' }, ['email_address']],
    ['a domain without its name', { type: 'domain' }, ['domain']],
    ['an owner without consent', { type: 'user', email_address: 'a@b.c', role: 'owner' }, ['transfer_ownership']],
    [
      'an owner without consent in so many words',
      { type: 'user', email_address: 'a@b.c', role: 'owner', transfer_ownership: false },
      ['transfer_ownership'],
    ],
    ['an end for anyone', { type: 'anyone', expiration_time: '2027-01-01' }, ['type']],
    ['an end for a domain', { type: 'domain', domain: 'b.c', expiration_time: '2027-01-01' }, ['type']],
    ['a role that does not exist', { type: 'anyone', role: 'editor' }, ['role']],
    [
      'an end that is no time',
      { type: 'user', email_address: 'a@b.c', expiration_time: 'Friday' },
      ['expiration_time'],
    ],
  ])('refuses %s', async (_, input, fields) => {
    const call = play(googleDrive, 'create_permission', { file_id: 'f1', role: 'reader', ...input })
    const errors = fields.map((field) => expect.objectContaining({ field }))
    await expect(call).rejects.toMatchObject({ code: 'INVALID_PARAMETERS', details: { errors } })
  })
})
