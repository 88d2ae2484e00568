import { z } from 'zod'
import { isPlainObject } from '../../base/json.js'
import { AUTH_TYPES, LONGEST_LINK_WAIT } from '../integrations.js'
import { sentences } from './sentences.js'

const flag = (fallback: boolean, description: string) =>
  z
    .boolean('is not a boolean')
    .nullish()
    .transform((given) => given ?? fallback)
    .meta({ description: `${description} ${fallback ? 'True' : 'False'} by default.` })

const REPLACE = 'Whether an account of the same name gets the new credential, instead of a 409.'
const REPLACE_SAME =
  'Whether to do so only for the same account, which stays read-only if it is; another account is then a 409.'

/** The service decides whether it is a URL that the client allows: not every link needs one. */
const callbackUrl = z
  .string('is not an http or https URL')
  .meta({ examples: ['https://app.example/linked'] })
  .nullish()
  .transform((given) => given ?? undefined)

const told = {
  callback_url: 'The callback_url must be an absolute http or https URL without a user name.',
  replace_duplicate: 'replace_duplicate must be true or false.',
  replace_same: 'replace_same must be true or false.',
  device: 'device must be true or false.',
  prefill: 'prefill must be an object of texts, numbers and booleans, by the names of fields.',
}

const oauth2Link = z.object({
  auth_type: z.literal('oauth2').optional(),
  callback_url: callbackUrl.meta({
    description: 'Where the browser ends, with the outcome in its query. Required.',
  }),
  replace_duplicate: flag(false, REPLACE),
  replace_same: flag(false, REPLACE_SAME),
})

const customLink = z.object({
  auth_type: z.literal('custom'),
  configuration: z.record(z.string(), z.unknown(), 'is missing or not an object').meta({
    description: 'What the connector needs to open the account; docs/tools.md names the fields of each connector.',
    examples: [{ url: 'sqlite:////tmp/example.db', identifier: 'example' }],
  }),
  replace_duplicate: flag(false, REPLACE),
  replace_same: flag(false, REPLACE_SAME),
})

/** A body with a configuration alone means custom, as the published SDK's oldest form has it. */
const withAuthType = (body: unknown): unknown =>
  isPlainObject(body)
    ? { ...body, auth_type: body.auth_type ?? (body.configuration === undefined ? 'oauth2' : 'custom') }
    : body

/** `POST /connectors/{connector}/integrations` */
export const linkBody = z
  .preprocess(withAuthType, z.discriminatedUnion('auth_type', [oauth2Link, customLink], 'is not known'))
  .register(sentences, {
    ...told,
    auth_type: `The auth_type must be one of ${AUTH_TYPES.join(', ')}.`,
    configuration: 'The configuration is missing or not an object.',
  })

/** `POST /connectors/{connector}/links` */
export const beginLinkBody = z
  .object({
    callback_url: callbackUrl.meta({
      description: 'Where the browser ends, with the outcome in its query; by default on a page of the service.',
    }),
    replace_duplicate: z
      .boolean('is not a boolean')
      .nullish()
      .transform((given) => given ?? undefined)
      .meta({
        description:
          'What happens to an account of the same name: with true it gets the new credential, with false the link fails. By default it depends on whether it is the same account: if it is another one the page asks, and without a page the link fails.',
      }),
    prefill: z
      .record(
        z.string(),
        z.union([z.string(), z.number(), z.boolean(), z.null()], 'must be a text, a number or a boolean'),
        'is not an object',
      )
      .nullish()
      .transform((given) => given ?? undefined)
      .meta({
        description:
          'Values for the form on the page, for the person to check: fields of the configuration that are not secret.',
        examples: [{ driver: 'postgresql', host: 'db.example', database: 'shop', username: 'reader' }],
      }),
    device: flag(
      false,
      'Whether the person types a code at the third party, on any device, instead of opening the page.',
    ),
  })
  .register(sentences, told)

/**
 * `GET /connectors/{connector}/success-authorize-callback`. The route reads the whole query, not this schema: a repeated
 * parameter must be noticed. Without `code` and `state` it shows a page.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
export const callbackQuery = z.object({
  code: z.string().optional(),
  state: z.string().optional(),
  iss: z.string().optional().meta({ description: 'RFC 9207' }),
  error: z.string().optional(),
})

const waitFault = `must be a number from 0 to ${LONGEST_LINK_WAIT}`
const SECONDS = /^\d{1,3}(?:\.\d{1,3})?$/

/** `GET /links/{link}` */
export const linkStateQuery = z
  .object({
    wait: z
      .preprocess(
        (text) => (typeof text === 'string' && SECONDS.test(text) ? Number(text) : text),
        z.number(waitFault).min(0, waitFault).max(LONGEST_LINK_WAIT, waitFault),
      )
      .default(0)
      .meta({ description: 'Seconds to wait for the link to end; 0 by default.' }),
  })
  .register(sentences, { wait: `wait takes 0 to ${LONGEST_LINK_WAIT} seconds.` })
