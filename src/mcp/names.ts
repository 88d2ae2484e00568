import * as z from 'zod'
import { ConnectorsError } from '../base/errors.js'

/*
 * Names come from a model, so they may be anything. What would lead to another route of the service is refused here,
 * before a request is made. The forms are not advertised: a model takes names from the tools that list them.
 */

const CONNECTOR = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const ACTION = /^[A-Za-z0-9_][A-Za-z0-9_-]*(\/[A-Za-z0-9_][A-Za-z0-9_-]*)*$/
/** Routes of the service that stand beside the actions of a connector. */
const NO_ACTION = /^(integrations|integration-exists|success-authorize-callback|links(\/|$))/

export const connectorName = z
  .string()
  .refine((name) => CONNECTOR.test(name), 'is no name of a connector; list_connectors shows them')
  .describe('Connector, as list_connectors names it')

/** @throws ACTION_NOT_FOUND for a name no action can have, among them the service's own routes beside the actions */
export function checkActionName(connector: string, action: string): void {
  if (ACTION.test(action) && action.length <= 128 && !NO_ACTION.test(action)) return
  throw new ConnectorsError('ACTION_NOT_FOUND', `No action of connector ${connector} can have that name.`)
}

/**
 * The names that look most like a wrong one, best first.
 * @param most how many are given back at most
 */
export function closeNames(wrong: string, names: readonly string[], most = 5): string[] {
  const words = wordsOf(wrong)
  return names
    .map((name) => ({ name, score: likeness(words, wordsOf(name)) }))
    .filter(({ score }) => score >= 0.4)
    .sort((a, b) => b.score - a.score || a.name.localeCompare(b.name))
    .slice(0, most)
    .map(({ name }) => name)
}

/** Pairs of neighbouring letters. @see https://en.wikipedia.org/wiki/S%C3%B8rensen%E2%80%93Dice_coefficient */
function wordsOf(name: string): Set<string> {
  const letters = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  return new Set(Array.from({ length: Math.max(letters.length - 1, 0) }, (_, index) => letters.slice(index, index + 2)))
}

function likeness(a: Set<string>, b: Set<string>): number {
  const shared = [...a].filter((pair) => b.has(pair)).length
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size)
}
