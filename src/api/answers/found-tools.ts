import type { ActionMatch, Integration, Service } from '../../service/index.js'
import type { FoundTool } from '../../wire/index.js'
import { actionEntryOf } from './action-entries.js'
import { catalogToolOf } from './catalogue-items.js'

interface Known {
  service: Pick<Service, 'catalogue'>
  /** Those of the caller; undefined where no user is logged in. */
  accounts: readonly Integration[] | undefined
}

/** The actions that a search found, with all that a call of them needs. */
export async function foundToolsOf(matches: readonly ActionMatch[], known: Known): Promise<FoundTool[]> {
  const names = [...new Set(matches.map(({ connector }) => connector.name))]
  const schemas = await Promise.all(names.map((name) => known.service.catalogue.schemas(name)))
  return matches.map((match) => {
    const ofConnector = schemas[names.indexOf(match.connector.name)] ?? {}
    return foundToolOf(match, ofConnector[match.action.name] ?? {}, known.accounts)
  })
}

function foundToolOf(
  { connector, action, score, fits }: ActionMatch,
  schema: Record<string, unknown>,
  accounts: Known['accounts'],
): FoundTool {
  const entry = actionEntryOf(connector.name, action, schema)
  const { request_body, effect, read_only, examples, default_fields } = entry
  return {
    ...catalogToolOf(connector, action),
    score,
    action: action.name,
    fits,
    effect,
    read_only,
    examples,
    default_fields,
    request_body,
    needs_account: connector.auth.length > 0,
    ...(accounts ? { accounts: namesAt(connector.name, accounts) } : {}),
  }
}

const namesAt = (connector: string, accounts: readonly Integration[]): string[] =>
  accounts
    .filter((account) => account.connector === connector)
    .sort((a, b) => Number(b.selected) - Number(a.selected))
    .map(({ userIdentifier }) => userIdentifier)
