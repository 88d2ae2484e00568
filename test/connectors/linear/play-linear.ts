import { type ExecutionResult, execute, parse } from 'graphql'
import { expect } from 'vitest'
import { linear } from '../../../src/connectors/linear/index.js'
import type { Send } from '../../../src/http/send.js'
import { connectTo, credentialOf, type PlayOptions, seenRequest, testCall } from '../harness.js'
import { badMannersOf, faultsOf, type Sent } from './judge.js'
import { linearSchema } from './typed-schema.js'

/** What Linear has: values of the fields of `Query` and `Mutation`, or functions of their arguments. */
export type Root = Readonly<Record<string, unknown>>

/** The answer of a Linear that has this: the document is executed, so only what it asks for is in the answer. */
export const answerOf = ({ query, variables }: Sent, root: Root): Promise<ExecutionResult> =>
  Promise.resolve(
    execute({ schema: linearSchema(), document: parse(query), rootValue: root, variableValues: variables }),
  )

/** The upstream to a Linear that has `root`, and what left for it. What leaves must fit the schema. */
export function linearWith(root: Root, options: PlayOptions = {}) {
  const sent: Sent[] = []
  const headers: Readonly<Record<string, string>>[] = []
  const send: Send = async (request) => {
    const seen = seenRequest(request, 'https://api.linear.app')
    expect(seen.request).toBe('POST /graphql')
    const left = (seen.content as { json: Sent }).json
    expect([...faultsOf(left), ...badMannersOf(left)]).toEqual([])
    sent.push(left)
    headers.push(seen.headers)
    return jsonAnswer(await answerOf(left, root))
  }
  return { upstream: connectTo(linear, send, () => credentialOf(linear, options)), sent, headers }
}

/**
 * Plays an action against a Linear that has `root`.
 * @returns the result, and what left
 */
export async function playLinear(action: string, input: unknown, root: Root, options: PlayOptions = {}) {
  const { upstream, sent, headers } = linearWith(root, options)
  const played = linear.byName.get(action) ?? expect.fail(`There is no action ${action}.`)
  const result = await played.prepare(input)(upstream, testCall())
  if (!('data' in result)) return expect.fail('The action gave a file.')
  return { ...result, sent, headers }
}

/** An answer in JSON. */
export const jsonAnswer = (json: unknown, status = 200, headers: Record<string, string> = {}) => ({
  status,
  headers: new Headers({ 'content-type': 'application/json', ...headers }),
  body: Buffer.from(JSON.stringify(json)),
})
