import { inspect } from 'node:util'
import { expect } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'

/**
 * The error a promise is rejected with, after checking that it is one of ours and that none of the secrets can be seen in
 * it, in whatever way it is printed, causes and hidden fields included.
 */
export async function failureOf(promise: Promise<unknown>, secrets: readonly string[]): Promise<ConnectorsError> {
  const error: unknown = await promise.then(
    (value) => {
      throw new Error(`It should have failed, but gave ${inspect(value)}`)
    },
    (reason: unknown) => reason,
  )
  expect(error, inspect(error)).toBeInstanceOf(ConnectorsError)
  expectNoSecret(error, secrets)
  return error as ConnectorsError
}

/** Checks that none of the secrets stands in a value, as it is or encoded. */
export function expectNoSecret(value: unknown, secrets: readonly string[]): void {
  const prints = printsOf(value).join('\n')
  for (const secret of secrets) {
    if (secret === '') throw new Error('An empty text is no secret to look for.')
    for (const form of [secret, encodeURIComponent(secret), btoa(secret), secret.slice(0, 12)]) {
      if (prints.includes(form)) throw new Error(`The secret ${form} can be seen in ${prints}`)
    }
  }
}

function printsOf(value: unknown): string[] {
  const deep = inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null })
  if (!(value instanceof Error)) return [deep, JSON.stringify(value) ?? '']
  const own = Object.getOwnPropertyNames(value).map((name) => inspect(Reflect.get(value, name), { depth: 12 }))
  return [
    deep,
    String(value),
    JSON.stringify(value),
    ...own,
    ...(value.cause === undefined ? [] : printsOf(value.cause)),
  ]
}
