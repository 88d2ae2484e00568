import type { Difference } from './differences.js'

/** A difference from the published catalogue that is meant. */
export interface Deviation extends Difference {
  connector: string
  /** `*`: the connector itself, or any of its actions. */
  action: string
  reason: string
}

/** All of them. One that does not apply any more fails, and so does a difference that is not here. */
export const DEVIATIONS: readonly Deviation[] = [
  {
    connector: 'github',
    action: '*',
    what: 'parameter issue_number: min 1, published none',
    reason: 'issues are counted from 1',
  },
  {
    connector: 'github',
    action: '*',
    what: 'parameter pull_number: min 1, published none',
    reason: 'pull requests are counted from 1',
  },
  {
    connector: 'sql',
    action: 'query',
    what: 'parameter limit is not published',
    reason: 'an agent says how many rows it can use',
  },
  {
    connector: 'sql',
    action: 'query',
    what: 'parameter timeout_ms is not published',
    reason: 'a statement that takes long is stopped in the database',
  },
  {
    connector: 'sql',
    action: 'query',
    what: 'parameter query: max_length 1048576, published none',
    reason: 'what is read and bound has a limit',
  },
  {
    connector: 'sql',
    action: 'query',
    what: 'parameter variables: type map<string | number | boolean | null | array<any> | object>, published object',
    reason: 'the same value, said more exactly: names of variables are data',
  },
  ...['list_tables', 'describe_table'].map((action) => ({
    connector: 'sql',
    action,
    what: 'it is not published',
    reason: 'what an agent asks a database first, which the published connector cannot say',
  })),
  {
    connector: 'google_drive',
    action: '*',
    what: 'hosts {"upload":"https://www.googleapis.com/upload/drive/v3","userinfo":"https://www.googleapis.com"}, published {"upload":"https://www.googleapis.com/upload/drive/v3"}',
    reason: 'linking asks Google whose account it is, which is not at an address of Drive',
  },
]
