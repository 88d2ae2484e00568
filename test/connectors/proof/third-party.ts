import type { Json } from '../../../src/base/json.js'
import type { Send } from '../../../src/http/send.js'
import type { Connector } from '../../../src/kit/connector.js'
import { type SeenRequest, seenRequest } from '../playing.js'
import type { Answer } from './data.js'
import { judgeOf } from './descriptions.js'
import { ELSEWHERE, valueFor } from './values.js'

/** Members that name another page. The first answer of an operation has them and the next ones do not, or a walk would not end. */
const NEXT_PAGE = /next|^response_metadata$/i

/**
 * A third party that answers every request with a success: as the vendor describes it, or as a table says.
 * @param canned the table; undefined leaves the answer to the description
 * @param onRequest is called with each request before it is answered
 */
export function endlessThirdParty(
  connector: Connector,
  canned: (request: SeenRequest) => Answer | undefined | Promise<Answer | undefined>,
  onRequest: (request: SeenRequest) => void | Promise<void>,
): Send {
  const asked = new Set<string>()
  return async (request) => {
    const seen = seenRequest(request, connector.baseUrl ?? ELSEWHERE)
    await onRequest(seen)
    const { status = 200, headers = {}, json, text } = (await canned(seen)) ?? (await describedAnswer(seen, asked))
    return {
      status,
      // Where a file goes that is sent in pieces; a success with it is not a redirect.
      headers: new Headers({ 'content-type': 'application/json', location: `${ELSEWHERE}/session`, ...headers }),
      body: Buffer.from(text ?? (json === undefined ? '' : JSON.stringify(json))),
    }
  }
}

async function describedAnswer(request: SeenRequest, asked: Set<string>): Promise<Answer> {
  const judge = await judgeOf(request.url)
  if (typeof judge === 'string' || 'without' in judge) return { json: {} }
  const { description, path } = judge
  const isGraphql = 'answer' in description
  const key = `${request.method} ${isGraphql ? JSON.stringify(Object(Object(request.content).json).query) : path}`
  const isFirst = !asked.has(key)
  asked.add(key)
  if (isGraphql) return { json: description.answer(request, isFirst) }
  const schema = description.answerSchema({ ...request, path })
  if (!schema) return {}
  const json = valueFor(schema, 'answer', {
    whole: true,
    without: (name) => !isFirst && NEXT_PAGE.test(name),
    text: (name) => (/nextLink$/i.test(name) ? `${request.url.origin}${request.url.pathname}?$skiptoken=1` : undefined),
  })
  return { json: json as Json }
}
