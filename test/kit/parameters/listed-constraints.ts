import { atLeastOne, type Constraint, exactlyOne, excludes, needs } from '../../../src/kit/index.js'

/** Each constraint of the list of actions, and what an author writes for it. */
export const EXPRESSED: Readonly<Record<string, Constraint>> = {
  'email_address is needed for type user and group': needs({ type: ['user', 'group'] }, 'email_address'),
  'domain is needed for type domain': needs({ type: 'domain' }, 'domain'),
  'role owner needs transfer_ownership true': needs({ role: 'owner' }, { transfer_ownership: true }),
  'expiration_time only for type user and group': needs('expiration_time', { type: ['user', 'group'] }),
  'exactly one of: id, ids, username, usernames': exactlyOne('id', 'ids', 'username', 'usernames'),
  'at least one of: mail_to, mail_subject, mail_body': atLeastOne('mail_to', 'mail_subject', 'mail_body'),
  'exactly one of: channel, users': exactlyOne('channel', 'users'),
  'at least one of: text, blocks, attachments': atLeastOne('text', 'blocks', 'attachments'),
  'link is needed when type is link': needs({ type: 'link' }, 'link'),
  'one of: channel with timestamp, file, file_comment': exactlyOne(['channel', 'timestamp'], 'file', 'file_comment'),
  'order_by startTime only with single_events true': needs({ order_by: 'startTime' }, { single_events: true }),
  // A page by cursor may come with the bounds of the first one.
  'start_date_time and end_date_time are needed on the first call, delta_token or cursor on later ones': atLeastOne(
    ['start_date_time', 'end_date_time'],
    'delta_token',
    'cursor',
  ),
  'search excludes filter and order_by': excludes('search', 'filter', 'order_by'),
  'comment and message.body exclude each other': excludes('comment', 'message.body'),
  'topic only for group chats': needs('topic', { chat_type: 'group' }),
  'one of: drive_id, site_id (the site then stands for its default drive)': atLeastOne('drive_id', 'site_id'),
  'one of: drive_id, site_id': atLeastOne('drive_id', 'site_id'),
  'display_name is needed when space_type is SPACE': needs({ space_type: 'SPACE' }, 'display_name'),
  'at least one of: text, cards_v2': atLeastOne('text', 'cards_v2'),
  'exactly one of: member, group_member': exactlyOne('member', 'group_member'),
  'one of: email, id': exactlyOne('email', 'id'),
  'one of: customer, domain, user_key': atLeastOne('customer', 'domain', 'user_key'),
  'one of: customer, domain': atLeastOne('customer', 'domain'),
}

/** What is about one parameter alone belongs into its schema. */
export const OF_ONE_PARAMETER: readonly string[] = [
  'output_dirs: no entry may be "/" or empty',
  'post_at: unix seconds, at most 120 days ahead',
  'at least one recipient in to_recipients',
]
