import { z } from 'zod'
import { ConnectorsError } from '../base/errors.js'
import type { Secret } from '../base/secret.js'
import type { Send } from './send.js'

/** How long one request may take; who waits for less ends it by the signal. Milliseconds. */
const TIMEOUT_MS = 30_000
/** Of one answer: 64 vectors of 4,096 numbers as they are written. Bytes. */
const MAX_BYTES = 8 * 1024 * 1024

export interface EmbeddingEndpoint {
  /** Its base, such as `http://127.0.0.1:11434/v1`. */
  url: string
  model: string
  apiKey: Secret | undefined
}

const answer = z.object({
  data: z.array(z.object({ index: z.number().int().min(0), embedding: z.array(z.number()) })),
})

/**
 * Makes the function that has texts embedded by an endpoint that speaks as OpenAI's does.
 * @returns one vector for each text, in their order; @throws UPSTREAM_REFUSED for any other answer, and what `send` throws
 * @see https://platform.openai.com/docs/api-reference/embeddings/create
 */
export const embedder =
  (send: Send, { url, model, apiKey }: EmbeddingEndpoint) =>
  async (texts: readonly string[], signal: AbortSignal): Promise<number[][]> => {
    const { status, body } = await send({
      method: 'POST',
      url: new URL('embeddings', url.endsWith('/') ? url : `${url}/`),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': 'connectors-mcp',
        ...(apiKey ? { authorization: `Bearer ${apiKey.reveal()}` } : {}),
      },
      body: JSON.stringify({ model, input: texts, encoding_format: 'float' }),
      ...{ signal, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES },
    })
    if (status !== 200)
      throw new ConnectorsError('UPSTREAM_REFUSED', `The endpoint for embeddings answers with status ${status}.`)
    const byIndex = new Map(parsed(body).map(({ index, embedding }) => [index, embedding]))
    return texts.map((_, index) => byIndex.get(index) ?? refuse())
  }

function parsed(body: Uint8Array): z.output<typeof answer>['data'] {
  try {
    return answer.parse(JSON.parse(new TextDecoder().decode(body))).data
  } catch {
    return refuse()
  }
}

function refuse(): never {
  throw new ConnectorsError(
    'UPSTREAM_REFUSED',
    'The endpoint for embeddings does not answer as the setting CONNECTORS_EMBEDDING_URL needs it.',
  )
}
