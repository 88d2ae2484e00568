import { expect, test } from 'vitest'
import { CredentialRefused } from '../../../src/base/credential-refused.js'
import { ConnectorsError } from '../../../src/base/errors.js'
import { type PlainError, plainError, thrownError } from '../../../src/database/confined/protocol.js'
import { databaseUnreachable, loginRefused } from '../../../src/database/errors.js'

const FAULT = { engine: 'postgresql', code: '28P01', message: 'password authentication failed' } as const

/** An error as it arrives in the service: over the pipe it is a line of JSON. */
const arrived = (error: unknown): ConnectorsError => {
  const plain = JSON.parse(JSON.stringify(plainError(error))) as PlainError
  return thrownError({ code: 'INTERNAL', ...plain })
}

test('a CredentialRefused error crosses the process boundary as one', () => {
  const error = loginRefused(FAULT)
  expect(arrived(error)).toBeInstanceOf(CredentialRefused)
  expect(arrived(error)).toMatchObject({ message: error.message, details: { upstream: FAULT } })
})

test('any other error crosses the process boundary unchanged', () => {
  const error = databaseUnreachable(FAULT)
  expect(arrived(error)).not.toBeInstanceOf(CredentialRefused)
  expect(arrived(error)).toMatchObject({ code: error.code, message: error.message, retryable: true })
  const limited = new ConnectorsError('RATE_LIMITED', 'Later.', { retryAfterSeconds: 7 })
  expect(arrived(limited)).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 7 })
})
