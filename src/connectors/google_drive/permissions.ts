import { allOf, cursorPage, dateOrTime, defineAction, emptyText, needs, request, z } from '../../kit/index.js'
import { EVERYTHING, SEES, SHARED_DRIVES, sharedDrives } from './fields.js'

const file_id = z.string().min(1).describe('Id of the file or folder, as in its URL')
const permission_id = z.string().min(1).describe('Id of the permission, as list_permissions returns it')
const asAdministrator = {
  use_domain_admin_access: z
    .boolean()
    .optional()
    .describe('Act as administrator of the organisation, on its shared drives'),
}
const role = z
  .enum(['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer', 'owner'])
  .describe('What they may do; fileOrganizer and organizer on shared drives only')
const expiration_time = dateOrTime('When the permission ends, at most a year from now', 'end').optional()
const enforce_expensive_access = z
  .boolean()
  .optional()
  .describe('Change it in folders with many files as well, which takes Google longer')
const transfer_ownership = z
  .boolean()
  .optional()
  .describe('True to agree that ownership goes to them; needed for role owner')

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/create */
export const createPermission = defineAction({
  name: 'create_permission',
  description:
    'Share a file or folder with a person, group, organisation or anyone. E-mails people by default, also when repeated. Returns the permission.',
  examples: ['share this document with a colleague', 'let anyone with the link read it', 'give the team write access'],
  effect: 'create',
  scopes: [allOf(EVERYTHING)],
  constraints: [
    needs({ type: ['user', 'group'] }, 'email_address'),
    needs({ type: 'domain' }, 'domain'),
    needs({ role: 'owner' }, { transfer_ownership: true }),
    needs('expiration_time', { type: ['user', 'group'] }),
  ],
  input: {
    file_id,
    ...sharedDrives,
    ...asAdministrator,
    role,
    type: z.enum(['user', 'group', 'domain', 'anyone']).describe('With whom'),
    email_address: z.string().optional().describe('Address of the person or group'),
    domain: z.string().optional().describe('Domain of the organisation: example.com'),
    expiration_time,
    allow_file_discovery: z.boolean().optional().describe('Let it be found by search, for type domain and anyone'),
    view: z.string().optional().describe('published: for the published view only'),
    email_message: z.string().optional().describe('Words for the e-mail'),
    move_to_new_owners_root: z.boolean().optional().describe("Move it to the new owner's My Drive"),
    send_notification_email: z.boolean().optional().describe('False to send no e-mail'),
    transfer_ownership,
  },
  run: request('POST /files/{file_id}/permissions', {
    query: [
      'supports_all_drives',
      'use_domain_admin_access',
      'email_message',
      'move_to_new_owners_root',
      'send_notification_email',
      'transfer_ownership',
    ],
    addsToQuery: SHARED_DRIVES,
  }),
})

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/list */
export const listPermissions = defineAction({
  name: 'list_permissions',
  description: 'List who may see or change a file or folder, and how: roles, people, groups, links.',
  examples: ['who has access to this file', 'is this document shared with everybody'],
  effect: 'read',
  scopes: [SEES],
  aliases: { cursor: 'page_token' },
  input: {
    file_id,
    ...sharedDrives,
    ...asAdministrator,
    include_permissions_for_view: z.string().optional().describe('published: also the permissions of that view'),
    page_size: z.number().int().min(1).max(100).optional().describe('Most on a page'),
    page_token: z.string().optional().describe('meta.forwards_cursor of the page before'),
  },
  run: request('GET /files/{file_id}/permissions', {
    adds: SHARED_DRIVES,
    answer: cursorPage({ items: 'permissions', next: 'next_page_token' }),
  }),
})

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/get */
export const getPermission = defineAction({
  name: 'get_permission',
  description: 'Show one permission of a file or folder: whose it is, its role, when it ends.',
  examples: ['what may this person do with the file', 'when does her access end'],
  effect: 'read',
  scopes: [SEES],
  input: { file_id, ...sharedDrives, ...asAdministrator, permission_id },
  run: request('GET /files/{file_id}/permissions/{permission_id}', { adds: SHARED_DRIVES }),
})

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/update */
export const updatePermission = defineAction({
  name: 'update_permission',
  description:
    'Change what somebody may do with a file or folder: role, when it ends, ownership. Returns the permission. A repeated call changes nothing more.',
  examples: ['make her an editor', 'let his access end on Friday', 'hand the file over to someone'],
  effect: 'update',
  scopes: [allOf(EVERYTHING)],
  input: {
    file_id,
    ...sharedDrives,
    ...asAdministrator,
    permission_id,
    role: role.optional(),
    expiration_time,
    remove_expiration: z.boolean().optional().describe('True to let it last for good'),
    transfer_ownership,
    enforce_expensive_access,
  },
  run: request('PATCH /files/{file_id}/permissions/{permission_id}', {
    query: [
      'supports_all_drives',
      'use_domain_admin_access',
      'remove_expiration',
      'transfer_ownership',
      'enforce_expensive_access',
    ],
    addsToQuery: SHARED_DRIVES,
  }),
})

/** @see https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/delete */
export const deletePermission = defineAction({
  name: 'delete_permission',
  description: 'Take access to a file or folder from somebody. Returns nothing; a repeated call finds nothing.',
  examples: ['stop sharing this with him', 'remove the public link'],
  effect: 'delete',
  shaping: false,
  scopes: [allOf(EVERYTHING)],
  input: { file_id, ...sharedDrives, ...asAdministrator, permission_id, enforce_expensive_access },
  run: request('DELETE /files/{file_id}/permissions/{permission_id}', {
    adds: SHARED_DRIVES,
    select: false,
    answer: emptyText,
  }),
})
