import { expect } from 'vitest'
import { github } from '../../../src/connectors/github/index.js'
import type { Json, JsonObject } from '../../../src/kit/index.js'
import { answered, openGraphql } from '../graphql-description.js'
import { connectTo, credentialOf, type SeenRequest, seenRequest, testCall } from '../harness.js'
import { GITHUB_REST, openDescription } from '../oracle.js'

const SCHEMA = 'node_modules/@octokit/graphql-schema/schema.graphql'

/** What GitHub answers to one request. */
export interface HubAnswer {
  status?: number
  json?: Json
  /** Whether its `Link` header field names a next page. */
  hasNext?: boolean
}

/** Part of GitHub in this process. Its REST API answers by path, its GraphQL API by the schema; both refuse what is not described. */
export interface Hub {
  /** By path, without the query. What is not here is not there. */
  rest?: Readonly<Record<string, HubAnswer | ((query: URLSearchParams) => HubAnswer)>>
  /** What the GraphQL API has. */
  root?: object
  /** The scopes of the account; without them no account is known. */
  scopes?: readonly string[]
}

export interface HubResult {
  data: JsonObject[]
  meta: JsonObject
}

/**
 * Plays a search whose collection is gathered once, and from which several calls are answered.
 * @param inputs those of the calls; all of them must share the collection
 * @returns the answers, the requests that left, and how far the work said that it was
 */
export async function searched(action: string, inputs: readonly [object, ...object[]], hub: Hub) {
  const left: string[] = []
  const reports: (number | undefined)[][] = []
  const prepared = inputs.map((input) => {
    const { background } = (github.byName.get(action) ?? expect.fail(action)).prepare(input)
    return background ?? expect.fail(`${action} does not work in the background`)
  })
  expect(new Set(prepared.map(({ key }) => key)).size, 'all of them share what is gathered').toBe(1)
  const [first] = prepared
  const account = hub.scopes && { identifier: 'octocat', scopes: [...hub.scopes] }
  const kept = await first?.gather(await connected(hub, left), {
    ...testCall(account ? { account } : {}),
    report: (...progress) => void reports.push(progress),
  })
  // As the store keeps it.
  const stored = JSON.parse(JSON.stringify(kept))
  const answers = prepared.map((one) => one.answer(stored) as unknown as HubResult)
  return { answers, answer: answers[0] ?? expect.fail(), left, reports, pending: first?.pending() }
}

async function connected({ rest = {}, root = {} }: Hub, left: string[]) {
  const [described, graphql] = [await openDescription(GITHUB_REST), openGraphql(SCHEMA)]
  const answerTo = (seen: SeenRequest): HubAnswer => {
    if (seen.path !== '/graphql') {
      const told = rest[seen.path] ?? { status: 404, json: { message: 'Not Found' } }
      return typeof told === 'function' ? told(seen.query) : told
    }
    const body = Object(Object(seen.content).json)
    return { json: answered(graphql.schema, body, { root }) }
  }
  return connectTo(
    github,
    async (request) => {
      const seen = seenRequest(request, github.baseUrl ?? '')
      const isGraphql = seen.path === '/graphql'
      left.push(isGraphql ? 'graphql' : decodeURIComponent(`${seen.path}?${seen.query}`))
      expect((isGraphql ? graphql : described)?.faults(seen) ?? []).toEqual([])
      const { status = 200, json = null, hasNext = false } = answerTo(seen)
      const headers = new Headers({ 'content-type': 'application/json' })
      if (hasNext) headers.set('link', `<${request.url.href}&more>; rel="next"`)
      return { status, headers, body: Buffer.from(JSON.stringify(json)) }
    },
    () => credentialOf(github),
  )
}

/** An issue or pull request as the REST API has it. */
export const itemOf = (number: number, more: JsonObject = {}): JsonObject => ({
  number,
  node_id: `N_${number}`,
  title: `Item ${number}`,
  body: 'Text',
  state: 'open',
  html_url: `https://github.com/octocat/hello/issues/${number}`,
  user: { login: 'ada' },
  labels: [{ name: 'bug' }],
  milestone: { number: 2, title: 'v2' },
  assignee: { login: 'grace' },
  assignees: [{ login: 'grace' }],
  comments: 0,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  ...more,
})

export const numbersOf = ({ data }: HubResult): unknown[] => data.map(({ number }) => number)
