import type { Query } from '../upstream/query.js'
import type { Spelling } from './spelling.js'

/**
 * How a vendor writes what is the same everywhere: names, lists, bodies. It is data in `connectors/providers/<vendor>.ts`,
 * shared by all connectors of the vendor. Inside a connector every name is snake_case; the upstream translates at the edge.
 */
export interface Dialect {
  /** Names of query parameters; as they are by default. */
  query?: Spelling
  /** Names of the members of a body; as they are by default. */
  member?: Spelling
  /** Turns the keys of answers into ours; as they are by default. Undefined leaves a member out. */
  answer?: Spelling
  /**
   * Members (in our spelling) whose keys are data and never translated, in bodies and in answers: free-form properties, labels,
   * languages. What lies deeper is translated again.
   */
  data?: readonly string[]
  /** How a list is written in a query: as one parameter for each item, or joined by commas. `repeated` by default. */
  lists?: 'repeated' | 'comma'
  /** How a body is sent: as JSON, or as a form in which objects and lists are JSON text. `json` by default. */
  body?: 'json' | 'form'
  /** The address below which GraphQL documents go, made of the base URL. The base URL itself where this is left out. */
  documents?: (baseUrl: string) => string
  /** How the vendor is asked for some members of an answer only. Absent: it is always asked for all. */
  select?: (selection: Selection) => Query
}

/** The members of an answer that are wanted. */
export interface Selection {
  /** Dotted paths in our spelling, relative to one item; null for all members. */
  fields: readonly string[] | null
  /** Where the answer wraps a list: the member with the items, in our spelling. */
  items?: string
  /** Further members of the wrapping answer that are needed, such as the token of the next page. */
  beside?: readonly string[]
}
