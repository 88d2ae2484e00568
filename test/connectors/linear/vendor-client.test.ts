import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LinearClient, LinearError, LinearErrorType } from '@linear/sdk'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { linear } from '../../../src/connectors/linear/index.js'
import { answered } from '../graphql-description.js'
import type { SeenDocument } from '../graphql-play.js'
import { credentialOf } from '../harness.js'
import { issue, pageOf, refusal } from './samples.js'
import { linearSchema } from './typed-schema.js'

/** What the vendor's own client sends to this server, and what is answered. */
let server: Server
let seen: { headers: IncomingMessage['headers']; sent: SeenDocument }[]
let answer: (sent: SeenDocument) => { status: number; json: unknown }

const options = () => ({ apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` })

/** A Linear that has this, and something for every other field. */
const has =
  (root: object = {}) =>
  (sent: SeenDocument) => ({ status: 200, json: answered(linearSchema(), { ...sent }, { root }) })

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

beforeEach(async () => {
  seen = []
  server = createServer(async (request, response) => {
    const sent: SeenDocument = JSON.parse(await textOf(request))
    seen.push({ headers: request.headers, sent })
    const { status, json } = answer(sent)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(() => new Promise((resolve) => server.close(resolve)))

describe("the vendor's own client", () => {
  test.each([
    ['a personal key', { apiKey: 'lin_api_1' }, { accessToken: null, configuration: { api_key: 'lin_api_1' } }],
    ['a token', { accessToken: 't1' }, { accessToken: 't1' }],
  ])('sends %s as this connector does', async (_, theirs, ours) => {
    answer = has()
    await new LinearClient({ ...theirs, ...options() }).viewer
    expect(seen[0]?.headers.authorization).toBe(credentialOf(linear, ours).authorization)
  })

  test('writes the same input for a new issue', async () => {
    answer = has({ issueCreate: { success: true, lastSyncId: 1, issue } })
    const input = { teamId: 't1', title: 'Login fails', priority: 1, dueDate: '2026-05-31' }
    await new LinearClient({ apiKey: 'k', ...options() }).createIssue(input)
    expect(seen[0]?.sent.variables).toEqual({ input })
  })

  test('walks pages by the same members', async () => {
    answer = has({ teams: pageOf([], 'c1') })
    const page = await new LinearClient({ apiKey: 'k', ...options() }).teams({ first: 2, after: 'c0' })
    expect(seen[0]?.sent.variables).toEqual({ first: 2, after: 'c0' })
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, endCursor: 'c1' })
  })

  test.each([
    ['authentication error', LinearErrorType.AuthenticationError],
    ['ratelimited', LinearErrorType.Ratelimited],
    ['feature not accessible', LinearErrorType.FeatureNotAccessible],
    ['usage limit exceeded', LinearErrorType.UsageLimitExceeded],
    ['forbidden', LinearErrorType.Forbidden],
    ['invalid input', LinearErrorType.InvalidInput],
    ['user error', LinearErrorType.UserError],
    ['graphql error', LinearErrorType.GraphqlError],
    ['lock timeout', LinearErrorType.LockTimeout],
    ['internal error', LinearErrorType.InternalError],
  ])('reads a refusal of the type "%s" as %s', async (type, wanted) => {
    answer = () => ({ status: 400, json: refusal('', type, 'No') })
    const error = await new LinearClient({ apiKey: 'k', ...options() }).viewer.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(LinearError)
    expect((error as LinearError).type).toBe(wanted)
    const rules = (linear.failures ?? []).filter(
      ({ when }) => when.member?.[0] === 'errors.extensions.type' && when.member[1].test(type),
    )
    expect(rules).toHaveLength(1)
  })
})
