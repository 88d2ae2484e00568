import { readdirSync, readFileSync } from 'node:fs'
import type { Connector } from '../../../src/kit/connector.js'
import type { ProofData } from './data.js'
import type { Sweep } from './sweep.js'

const TESTS = new URL('..', import.meta.url)

/** The tests against an emulator that name an action of the connector. */
function emulated(connector: string): (action: string) => boolean {
  const texts = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.startsWith(connector) && file.endsWith('.emulate.test.ts'))
    .map((file) => readFileSync(new URL(file, TESTS), 'utf8'))
  return (action) => texts.some((text) => text.includes(`'${action}'`))
}

/** By what each action of a connector was proven, a line each: `PROOF=github npx vitest run …/sweep.test.ts` prints it. */
export function proofTable({ name, actions }: Connector, { exceptions = [] }: ProofData, { held }: Sweep): string {
  const isEmulated = emulated(name)
  const rows = actions.map((action) => {
    const { rest = 0, graphql = 0 } = held.get(action.name) ?? {}
    const reasons = exceptions.filter((entry) => entry.action === action.name).map(({ reason }) => reason)
    const others = [...(isEmulated(action.name) ? ['emulator'] : []), ...new Set(reasons)]
    return [action.name, rest || '', graphql || '', others.join('; ')].join(' | ')
  })
  return [`${name} | by REST description | by GraphQL schema | also by, or except`, ...rows, ''].join('\n')
}
