import * as z from 'zod'
import { mostLikely } from '../base/close-names.js'
import { ConnectorsError } from '../base/errors.js'
import type { McpClient } from './deps.js'

/*
 * Names come from a model, so they may be anything. A name that would lead to another route of the service is refused here,
 * before a request is made. The patterns are not in the tools' schemas: a model takes names from the tools that list them.
 */

const CONNECTOR = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const ACTION = /^[A-Za-z0-9_][A-Za-z0-9_-]*(\/[A-Za-z0-9_][A-Za-z0-9_-]*)*$/
/** Routes of the service next to the actions of a connector. */
const NO_ACTION = /^(integrations|integration-exists|success-authorize-callback|links(\/|$))/

/** What it is need not be described: every tool that lists connectors or finds actions names it. */
export const connectorName = z
  .string()
  .refine((name) => CONNECTOR.test(name), 'is not a connector name; call list_connectors')

export const isActionName = (action: unknown): action is string =>
  typeof action === 'string' && ACTION.test(action) && action.length <= 128 && !NO_ACTION.test(action)

/**
 * @param names the actions that there are, as far as they are known
 * @throws ACTION_NOT_FOUND for a name that no action can have, such as the service's own routes next to the actions
 */
export function checkActionName(connector: string, action: string, names: readonly string[] = []): void {
  if (isActionName(action)) return
  const likely = mostLikely(action, names.filter(isActionName))
  throw new ConnectorsError('ACTION_NOT_FOUND', `Invalid action name for the connector ${connector}${likely}.`)
}

/** @returns CONNECTOR_NOT_FOUND with the names that come close */
export async function connectorNotFound(
  connectorsClient: Pick<McpClient, 'connectorNames'>,
  connector: string,
): Promise<ConnectorsError> {
  const names = (await connectorsClient.connectorNames()).filter((name) => CONNECTOR.test(name))
  return new ConnectorsError('CONNECTOR_NOT_FOUND', `No connector has that name${mostLikely(connector, names)}.`)
}
