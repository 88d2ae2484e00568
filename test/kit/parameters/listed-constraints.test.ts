import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { constraintSentences } from '../../../src/kit/parameters/constraints.js'
import { EXPRESSED, OF_ONE_PARAMETER } from './listed-constraints.js'

const CATALOG = new URL('../../../../shared/spec/catalog.json', import.meta.url)
const noCatalog = existsSync(CATALOG) ? '' : 'the list of actions is not at ../shared/spec/catalog.json'
if (noCatalog) process.stderr.write(`Constraints are not compared: ${noCatalog}.\n`)

test.skipIf(noCatalog)('every constraint of the list of actions can be written', () => {
  const connectors = JSON.parse(readFileSync(CATALOG, 'utf8')) as { actions: { constraints?: string[] }[] }[]
  const listed = connectors.flatMap(({ actions }) => actions.flatMap(({ constraints = [] }) => constraints))
  expect([...Object.keys(EXPRESSED), ...OF_ONE_PARAMETER].sort()).toEqual([...new Set(listed)].sort())
})

test('and is told to an agent', () => {
  expect(
    Object.values(EXPRESSED)
      .flatMap((one) => constraintSentences([one]))
      .join('\n'),
  ).toMatchInlineSnapshot(`
    "Needs email_address for type user or group.
    Needs domain for type domain.
    Needs transfer_ownership true for role owner.
    Needs type user or group for expiration_time.
    Needs exactly one of id, ids, username, usernames.
    Needs at least one of mail_to, mail_subject, mail_body.
    Needs exactly one of channel, users.
    Needs at least one of text, blocks, attachments.
    Needs link for type link.
    Needs exactly one of channel with timestamp, file, file_comment.
    Needs single_events true for order_by startTime.
    Needs at least one of start_date_time with end_date_time, delta_token, cursor.
    Takes no filter or order_by with search.
    Takes no message.body with comment.
    Needs chat_type group for topic.
    Needs at least one of drive_id, site_id.
    Needs at least one of drive_id, site_id.
    Needs display_name for space_type SPACE.
    Needs at least one of text, cards_v2.
    Needs exactly one of member, group_member.
    Needs exactly one of email, id.
    Needs at least one of customer, domain, user_key.
    Needs at least one of customer, domain."
  `)
})
