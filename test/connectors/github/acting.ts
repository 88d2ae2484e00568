import { expect } from 'vitest'
import { github } from '../../../src/connectors/github/index.js'
import { type Exchange, play } from '../harness.js'
import { openApiOracle } from '../oracle.js'

const oracle = await openApiOracle('github.fixed.json')

/** Plays an action of GitHub; every request is held against GitHub's description. */
export const act = (action: string, input: unknown, exchanges?: Exchange | Exchange[]) =>
  play(github, action, input, exchanges, { oracle })

/** The same for a call that must fail. @returns the error */
export const refused = (action: string, input: unknown, exchanges?: Exchange | Exchange[]) =>
  act(action, input, exchanges).then(
    () => expect.fail('it did not fail'),
    (error: Record<string, unknown>) => error,
  )
