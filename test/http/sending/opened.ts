import { expect } from 'vitest'
import { createEgressPolicy } from '../../../src/http/egress.js'
import { type ClosableSend, createSend, type SendRequest } from '../../../src/http/send.js'
import { closeRawServers } from '../raw-server.js'
import { closeServers } from '../server.js'

const sends: ClosableSend[] = []

/** A `send` that may reach loopback; ended by `closeAll`. */
export function openSend(egress = createEgressPolicy({ allowPrivate: true })): ClosableSend {
  const send = createSend({ egress })
  sends.push(send)
  return send
}

/** Ends what the test opened; for `afterEach`. */
export async function closeAll(): Promise<void> {
  await closeRawServers()
  await closeServers()
  await Promise.all(sends.splice(0).map((send) => send.close()))
}

/** A GET of that address, or what `more` makes of it. */
export const asking = (url: string, more: Partial<SendRequest> = {}): SendRequest => ({
  method: 'GET',
  url: new URL(url),
  headers: {},
  ...more,
})

/** Each byte as a character. */
export const bytesOf = (body: Uint8Array): string => Buffer.from(body).toString('latin1')

/** The error with which it fails. */
export const failureOf = (promise: Promise<unknown>): Promise<Record<string, unknown>> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Record<string, unknown>) => error,
  )

/** As `Promise.withResolvers`, which needs Node 22. */
export function withResolvers(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => undefined
  const promise = new Promise((done) => {
    resolve = done
  })
  return { promise, resolve }
}
