import { Webhook } from 'standardwebhooks'
import type { Secret } from '../base/secret.js'
import type { Send } from './send.js'

/** How long the receiver may take. Milliseconds. */
const TIMEOUT_MS = 5_000
/** Its answer says nothing that is read. Bytes. */
const MAX_BYTES = 64 * 1024
/** @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.11 */
const GONE = 410

/** A message to an address that somebody named. */
export interface WebhookMessage {
  /** The same for every attempt, by which the receiver knows a repetition. */
  id: string
  /** What happened, such as `action.completed`. */
  type: string
  data: unknown
}

export interface WebhookDelivery {
  url: URL
  message: WebhookMessage
  /** With which the receiver checks the signature: `whsec_` and 32 bytes in base64. */
  secret: Secret
  /** Of this attempt, in milliseconds since the epoch. */
  now: number
  signal: AbortSignal
}

/**
 * Posts a message once, signed, without any credential.
 * @returns true where nothing is left to do: the receiver took it, or wants no more
 * @throws what `send` throws
 */
export type PostWebhook = (delivery: WebhookDelivery) => Promise<boolean>

/** @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const webhookPoster =
  (send: Send): PostWebhook =>
  async ({ url, message: { id, type, data }, secret, now, signal }) => {
    const at = new Date(now)
    const body = JSON.stringify({ type, timestamp: at.toISOString(), data })
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'connectors-mcp',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now / 1000)),
      'webhook-signature': new Webhook(secret.reveal()).sign(id, at, body),
    }
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal }
    const { status } = await send({ method: 'POST', url, headers, body, ...limits })
    return (status >= 200 && status <= 299) || status === GONE
  }
