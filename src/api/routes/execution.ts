import type { Context, Hono } from 'hono'
import { invalidParameters } from '../../base/errors.js'
import { ConnectorFile } from '../../kit/index.js'
import { type Action, type Caller, getAction } from '../../service/index.js'
import { HEADER } from '../../wire/index.js'
import { fileAnswer } from '../answers/files.js'
import { jsonTextAnswer } from '../answers/json.js'
import { bearerToken, getCaller, isAdministrator } from '../authenticate.js'
import { bodyOf, mediaType, readJsonObject } from '../bodies/body.js'
import { readForm } from '../bodies/form.js'
import { binaryParameters, formInput } from '../bodies/form-input.js'
import { ACTION_BODY } from '../bodies/limits.js'
import type { ApiDeps, ApiEnv } from '../context.js'

const FORMS = new Set(['multipart/form-data', 'application/x-www-form-urlencoded'])

/** Actions: one POST each, all parameters in the body. */
export function executionRoute(app: Hono<ApiEnv>, { service }: ApiDeps): void {
  app.post('/connectors/:connector/:action{.+}', async (c) => {
    const asAdministrator = isAdministrator(c, service)
    // The administrator's key belongs to no client; the user's token says which one is meant.
    const caller = await (asAdministrator ? bearerToken(c, service) : getCaller(c, service))
    const connector = await service.catalogue.get(c.req.param('connector'))
    const action = getAction(connector, c.req.param('action'))
    const { result, actedAs } = await service.runAction(caller, {
      connector: connector.name,
      action: action.name,
      input: await readInput(c, action, caller),
      identifier: accountHeader(c),
      readOnly: readOnlyHeader(c),
      isAdministrator: asAdministrator,
      signal: c.req.raw.signal,
    })
    const answer = result instanceof ConnectorFile ? fileAnswer(result) : jsonTextAnswer(result.json)
    if (actedAs !== null) answer.headers.set(HEADER.actedAs, actedAs)
    return answer
  })
}

/** Forms are accepted only where a parameter is binary; JSON everywhere. */
async function readInput(c: Context<ApiEnv>, action: Action, { userId }: Caller): Promise<Record<string, unknown>> {
  const source = bodyOf(userId, ACTION_BODY)
  if (!FORMS.has(mediaType(c))) return readJsonObject(c, source)
  const forms = action.forms()
  if (!forms.takesFiles) throw invalidParameters('This action needs a JSON body.')
  return formInput(forms, await readForm(c, binaryParameters(forms), source))
}

/** The account to act with. Both names of the header mean the same. @throws INVALID_PARAMETERS when they differ */
function accountHeader(c: Context): string | null {
  const one = c.req.header(HEADER.integration)
  const other = c.req.header(HEADER.bosaIntegration)
  if (one && other && one !== other) {
    throw invalidParameters(
      `${HEADER.integration} and ${HEADER.bosaIntegration} name different accounts; send one of them, or the same in both.`,
    )
  }
  return one || other || null
}

/** @throws INVALID_PARAMETERS for a value that is neither `true` nor `false`, in any case */
function readOnlyHeader(c: Context): boolean {
  const value = c.req.header(HEADER.readOnly)?.toLowerCase() ?? 'false'
  if (value === 'true' || value === 'false') return value === 'true'
  throw invalidParameters('X-Read-Only must be true or false; leave it out for a call that may do everything.', [
    { field: HEADER.readOnly, message: 'is neither true nor false' },
  ])
}
