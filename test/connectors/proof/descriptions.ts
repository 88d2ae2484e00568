import { type GraphqlDescription, openGraphql, type SchemaSource } from '../graphql-description.js'
import { linearSchema } from '../linear/typed-schema.js'
import { type Description, GITHUB_REST, type OracleOptions, openDescription } from '../oracle.js'

/**
 * Where a vendor's API is, and what describes it: a description of REST, a GraphQL schema, or the reason why none does. Files
 * are below `node_modules`, where every clone has them, or `shared/counterparts/specs`.
 */
type Described =
  | { at: string; file: string; options?: OracleOptions }
  | { at: string; graphql: SchemaSource }
  | { at: string; without: string }

const GOOGLE = 'https://www.googleapis.com'

/** A request is held against the entry with the longest address that it begins with. */
const DESCRIPTIONS: readonly Described[] = [
  { at: 'https://api.github.com', file: GITHUB_REST },
  { at: 'https://api.github.com/graphql', graphql: 'node_modules/@octokit/graphql-schema/schema.graphql' },
  { at: 'https://slack.com/api', file: 'slack.json', options: { formsForQueries: true } },
  { at: 'https://graph.microsoft.com/v1.0', file: 'graph.json' },
  { at: `${GOOGLE}/drive/v3`, file: 'google/drive.json' },
  { at: `${GOOGLE}/upload/drive/v3`, file: 'google/drive.json' },
  { at: `${GOOGLE}/calendar/v3`, file: 'google/calendar.json' },
  { at: GOOGLE, file: 'google/oauth2.json' },
  { at: 'https://gmail.googleapis.com', file: 'google/gmail.json' },
  { at: 'https://gmail.googleapis.com/upload', file: 'google/gmail.json' },
  { at: 'https://docs.googleapis.com', file: 'google/docs.json' },
  { at: 'https://sheets.googleapis.com', file: 'google/sheets.json' },
  { at: 'https://chat.googleapis.com', file: 'google/chat.json', options: { longNames: true } },
  { at: 'https://admin.googleapis.com', file: 'google/admin.json' },
  { at: 'https://meet.googleapis.com', without: "Google's discovery format, which the oracle does not read" },
  { at: 'https://api.linear.app/graphql', graphql: linearSchema },
  { at: 'https://hacker-news.firebaseio.com', without: 'the vendor describes it in prose' },
  { at: 'https://api.dexscreener.com', without: 'the vendor has no description at hand here' },
  { at: 'https://export.arxiv.org', without: 'the vendor describes it in prose' },
  { at: 'https://arxiv.org', without: 'the vendor describes it in prose' },
  { at: 'https://rss.arxiv.org', without: 'the vendor describes it in prose' },
]

/** What judges the requests to an address. */
export type Judge =
  | { description: Description | GraphqlDescription; path: string }
  /** None, for a reason that is known. */
  | { without: string }
  /** The descriptions are not on this machine. */
  | 'not at hand'
  /** An address that nothing is known about. */
  | 'unknown'

export async function judgeOf(url: URL): Promise<Judge> {
  const address = url.origin + url.pathname
  const [entry] = DESCRIPTIONS.filter(({ at }) => address === at || address.startsWith(`${at}/`)).sort(
    (a, b) => b.at.length - a.at.length,
  )
  if (!entry) return 'unknown'
  if ('without' in entry) return { without: entry.without }
  const description = 'graphql' in entry ? openGraphql(entry.graphql) : await openDescription(entry.file, entry.options)
  return description ? { description, path: address.slice(entry.at.length) } : 'not at hand'
}
