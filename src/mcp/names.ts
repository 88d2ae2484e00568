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
  .describe('Name from list_connectors')

export const isActionName = (action: unknown): action is string =>
  typeof action === 'string' && ACTION.test(action) && action.length <= 128 && !NO_ACTION.test(action)

/** @throws ACTION_NOT_FOUND for a name no action can have, among them the service's own routes beside the actions */
export function checkActionName(connector: string, action: string): void {
  if (isActionName(action)) return
  throw new ConnectorsError('ACTION_NOT_FOUND', `No action of connector ${connector} can have that name.`)
}
