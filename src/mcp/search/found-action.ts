import type { FoundTool } from '../../wire/index.js'
import { onlyReads } from '../actions/action-facts.js'
import { shownSchema } from '../actions/shown-schema.js'
import { compactParameters, firstSentences, type ParameterDetail } from '../results/compact-parameters.js'

/** An action as the agent sees it that searched for it: enough to call it. */
export interface ShownAction {
  connector: string
  action: string
  description: string
  effect?: string
  /** The tool that runs it. */
  tool: string
  /** The account that acts by default, and others. */
  accounts?: string[]
  /** True where no account is linked yet. */
  link_first?: true
  parameters: Record<string, string>
  /** Further parameters that may be left out. */
  optional?: string
  example?: string
  default_fields?: string
  /** What shows that which was left out. */
  more?: 'describe_connector'
}

/** What was found, with the name of its action, which only our service says. */
export type FoundAction = FoundTool & { action: string }

/** How much is shown of one action. */
interface Detail extends ParameterDetail {
  description: number
  /** Whether an example and the default fields are shown. */
  extras: boolean
}

/** From all that is said to the least that is of use. */
export const DETAILS: readonly Detail[] = [
  {
    description: 200,
    requiredText: 200,
    optionalText: 200,
    optionalTypes: true,
    values: 20,
    parameters: 60,
    extras: true,
  },
  {
    description: 200,
    requiredText: 160,
    optionalText: 60,
    optionalTypes: true,
    values: 16,
    parameters: 60,
    extras: true,
  },
  {
    description: 200,
    requiredText: 120,
    optionalText: 30,
    optionalTypes: true,
    values: 12,
    parameters: 60,
    extras: true,
  },
  {
    description: 200,
    requiredText: 120,
    optionalText: 0,
    optionalTypes: true,
    values: 12,
    parameters: 60,
    extras: true,
  },
  {
    description: 160,
    requiredText: 60,
    optionalText: 0,
    optionalTypes: true,
    values: 8,
    parameters: 40,
    extras: false,
  },
  {
    description: 160,
    requiredText: 60,
    optionalText: 0,
    optionalTypes: false,
    values: 8,
    parameters: 40,
    extras: false,
  },
  {
    description: 100,
    requiredText: 0,
    optionalText: 0,
    optionalTypes: false,
    values: 5,
    parameters: 15,
    extras: false,
  },
  { description: 60, requiredText: 0, optionalText: 0, optionalTypes: false, values: 2, parameters: 5, extras: false },
]

/** The most accounts that are named. */
const ACCOUNTS = 5
const LONGEST_EXAMPLE = 120
const LONGEST_FIELDS = 200

/** An action as it is shown. @param level how much is left out of it: an index of `DETAILS` */
export function shownAction(found: FoundAction, level: number): ShownAction {
  const detail = DETAILS[level] ?? (DETAILS[0] as Detail)
  const { connector, action, effect, accounts } = found
  const { parameters, optional, cut } = compactParameters(shownSchema(found), detail)
  const [example] = found.examples ?? []
  const fields = found.default_fields?.join(' ') ?? ''
  return {
    connector,
    action,
    description: firstSentences(found.description, detail.description),
    ...(effect ? { effect } : {}),
    tool: toolFor(found),
    ...(accounts && accounts.length > 0 ? { accounts: accounts.slice(0, ACCOUNTS) } : {}),
    ...(linkFirst(found) ? { link_first: true as const } : {}),
    parameters,
    ...(optional.length > 0 ? { optional: optional.join(', ') } : {}),
    ...(detail.extras && example ? { example: firstSentences(example, LONGEST_EXAMPLE) } : {}),
    ...(detail.extras && fields !== '' && fields.length <= LONGEST_FIELDS ? { default_fields: fields } : {}),
    ...(cut ? { more: 'describe_connector' as const } : {}),
  }
}

/** Whether an account has to be linked before it can be called; unknown, so false, where no user is logged in. */
export const linkFirst = ({ accounts, needs_account }: FoundAction): boolean =>
  accounts !== undefined && accounts.length === 0 && needs_account !== false

/** What only reads in some calls is in both. */
export function toolFor(found: FoundAction): string {
  if (!onlyReads(found)) return 'execute_connector'
  return found.effect === 'read' ? 'read_connector' : 'read_connector to read, execute_connector to change data'
}
