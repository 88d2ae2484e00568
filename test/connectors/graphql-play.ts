import { expect } from 'vitest'
import type { Json } from '../../src/base/json.js'
import type { ServiceCall } from '../../src/kit/call.js'
import type { Connector } from '../../src/kit/connector.js'
import type { Upstream } from '../../src/kit/upstream/upstream.js'
import { answered, openGraphql, type SchemaSource } from './graphql-description.js'
import { connectTo, credentialOf, seenRequest, testCall } from './harness.js'

/** A document that left. */
export interface SeenDocument {
  query: string
  variables: Record<string, Json>
}

export interface DocumentPlay {
  /** The vendor's schema, as of `openGraphql`. */
  schema: SchemaSource
  /** What the vendor has: members of the answer, or functions of the arguments of a field. Anything else is made up. */
  root?: object
  call?: Partial<ServiceCall>
}

/**
 * The vendor of a connector that asks by GraphQL: every document is held against the schema, executed, and answered.
 * @returns the upstream of an action, and what left
 */
export function graphqlVendor(
  connector: Connector,
  { schema, root = {} }: DocumentPlay,
): { upstream: Upstream; left: SeenDocument[] } {
  const description = openGraphql(schema)
  const left: SeenDocument[] = []
  const send: Parameters<typeof connectTo>[1] = async (request) => {
    const seen = seenRequest(request, connector.baseUrl ?? '')
    expect(description.faults(seen)).toEqual([])
    const body = JSON.parse(String(request.body)) as SeenDocument & Record<string, unknown>
    left.push(body)
    const json = answered(description.schema, body, { root })
    const headers = new Headers({ 'content-type': 'application/json' })
    return { status: 200, headers, body: Buffer.from(JSON.stringify(json)) }
  }
  return { upstream: connectTo(connector, send, () => credentialOf(connector)), left }
}

/**
 * Plays an action against the vendor's schema.
 * @returns the result of the action, and what left
 * @example await playDocuments(linear, 'list_teams', {}, { schema: linearSchema, root: { teams: { nodes: [] } } })
 */
export async function playDocuments(
  connector: Connector,
  actionName: string,
  input: unknown,
  vendor: DocumentPlay,
): Promise<{ data: Json; meta: Record<string, Json> | null; left: SeenDocument[] }> {
  const action = connector.byName.get(actionName) ?? expect.fail(`There is no action ${actionName}.`)
  const { upstream, left } = graphqlVendor(connector, vendor)
  const result = await action.prepare(input)(upstream, testCall(vendor.call))
  return 'data' in result ? { ...result, left } : expect.fail('The action gave a file.')
}
