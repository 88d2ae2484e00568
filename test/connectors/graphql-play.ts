import { expect } from 'vitest'
import type { Json } from '../../src/base/json.js'
import type { ServiceCall } from '../../src/kit/call.js'
import type { Connector } from '../../src/kit/connector.js'
import { answered, openGraphql } from './graphql-description.js'
import { connectTo, credentialOf, seenRequest, testCall } from './harness.js'

/** A document that left. */
export interface SeenDocument {
  query: string
  variables: Record<string, Json>
}

export interface DocumentPlay {
  /** The vendor's schema, as of `openGraphql`. */
  schema: string
  /** What the vendor has: members of the answer, or functions of the arguments of a field. Anything else is made up. */
  root?: object
  call?: Partial<ServiceCall>
}

/**
 * Plays an action against the vendor's schema: every document is held against it, executed, and answered.
 * @returns the result of the action, and what left
 */
export async function playDocuments(
  connector: Connector,
  actionName: string,
  input: unknown,
  { schema, root = {}, call = {} }: DocumentPlay,
): Promise<{ data: Json; meta: Record<string, Json> | null; left: SeenDocument[] }> {
  const description = openGraphql(schema)
  const action = connector.byName.get(actionName) ?? expect.fail(`There is no action ${actionName}.`)
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
  const upstream = connectTo(connector, send, () => credentialOf(connector))
  const result = await action.prepare(input)(upstream, testCall(call))
  return 'data' in result ? { ...result, left } : expect.fail('The action gave a file.')
}
