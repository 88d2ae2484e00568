import {
  ConnectorsError,
  type FailureFacts,
  type FailureResponse,
  type JsonObject,
  type XmlElement,
} from '../../kit/index.js'

const ATOM = 'http://www.w3.org/2005/Atom'
const ARXIV = 'http://arxiv.org/schemas/atom'
const DUBLIN_CORE = 'http://purl.org/dc/elements/1.1/'
const OPENSEARCH = 'http://a9.com/-/spec/opensearch/1.1/'

/** The longest text of arXiv that an error repeats, in characters. */
const LONGEST_WORDS = 500

/** The entries of a feed. @throws UPSTREAM_ERROR for what is not an Atom feed */
export function entriesOf(root: XmlElement): XmlElement[] {
  if (root.name === 'feed' && root.namespace === ATOM) return root.all(ATOM, 'entry')
  throw new ConnectorsError(
    'UPSTREAM_ERROR',
    'The answer of arXiv is something other than an Atom feed; try again later.',
  )
}

/** How many papers a search has found; undefined where the feed does not say. */
export function totalOf(root: XmlElement): number | undefined {
  const total = root.first(OPENSEARCH, 'totalResults')?.text().trim() ?? ''
  return /^\d{1,9}$/.test(total) ? Number(total) : undefined
}

/**
 * A paper as the API tells of it; what the authors have not given is null.
 * @see https://info.arxiv.org/help/api/user-manual.html#_entry_metadata
 */
export function paperOf(entry: XmlElement): JsonObject {
  const links = entry.all(ATOM, 'link')
  const linkTo = (isWanted: (link: XmlElement) => boolean) => links.find(isWanted)?.attribute('href') ?? null
  return {
    ...identity(lineAt(entry, ATOM, 'id')),
    title: lineAt(entry, ATOM, 'title'),
    authors: entry.all(ATOM, 'author').map(authorOf),
    summary: lineAt(entry, ATOM, 'summary'),
    published: lineAt(entry, ATOM, 'published'),
    updated: lineAt(entry, ATOM, 'updated'),
    primary_category: entry.first(ARXIV, 'primary_category')?.attribute('term') ?? null,
    categories: categoriesOf(entry),
    comment: lineAt(entry, ARXIV, 'comment'),
    journal_ref: lineAt(entry, ARXIV, 'journal_ref'),
    doi: lineAt(entry, ARXIV, 'doi'),
    abs_url: linkTo((link) => link.attribute('rel') === 'alternate'),
    pdf_url: linkTo((link) => link.attribute('type') === 'application/pdf'),
  }
}

/**
 * A paper as the feed of a day announces it.
 * @see https://info.arxiv.org/help/rss_specifications.html
 */
export function announcementOf(entry: XmlElement): JsonObject {
  const facts = identity(lineAt(entry, ATOM, 'id'))
  const page = entry.first(ATOM, 'link')?.attribute('href') ?? null
  return {
    ...facts,
    title: lineAt(entry, ATOM, 'title'),
    authors: namesIn(lineAt(entry, DUBLIN_CORE, 'creator') ?? ''),
    summary: abstractIn(lineAt(entry, ATOM, 'summary')),
    announce_type: lineAt(entry, ARXIV, 'announce_type'),
    published: lineAt(entry, ATOM, 'published'),
    categories: categoriesOf(entry),
    journal_ref: lineAt(entry, ARXIV, 'journal_reference'),
    doi: lineAt(entry, ARXIV, 'DOI'),
    rights: lineAt(entry, DUBLIN_CORE, 'rights'),
    abs_url: page,
    pdf_url: page?.replace('/abs/', '/pdf/') ?? null,
  }
}

/**
 * A refusal that arXiv words as a feed: one entry whose id lies under `/api/errors`, or a feed of its own in place of the day's.
 * @param words what it has to say
 * @see https://info.arxiv.org/help/api/user-manual.html#errors
 */
export const refusalThatSays =
  (words: RegExp) =>
  ({ xml }: FailureResponse): FailureFacts | undefined => {
    const said = refusalIn(xml())?.slice(0, LONGEST_WORDS)
    return said !== undefined && words.test(said) ? { upstream: { message: said } } : undefined
  }

function refusalIn(root: XmlElement | undefined): string | undefined {
  if (root === undefined) return undefined
  if (lineAt(root, ATOM, 'title')?.startsWith('Feed error')) return lineAt(root, ATOM, 'subtitle') ?? 'Feed error'
  const entry = root.first(ATOM, 'entry')
  if (!entry || !lineAt(entry, ATOM, 'id')?.includes('/api/errors')) return undefined
  return lineAt(entry, ATOM, 'summary') ?? 'Error'
}

/** The text of an element right below, with single spaces; null where there is none. */
function lineAt(parent: XmlElement, namespace: string, name: string): string | null {
  const text = parent.first(namespace, name)?.text().replace(/\s+/g, ' ').trim()
  return text === undefined || text === '' ? null : text
}

/** `http://arxiv.org/abs/2104.12255v1` of the API, `oai:arXiv.org:2104.12255v1` of the feeds. */
function identity(text: string | null): { id: string | null; version: number | null } {
  const whole = text?.replace(/^.{0,40}?(?:\/abs\/|arXiv\.org:)/, '') ?? null
  const version = /v(\d{1,4})$/.exec(whole ?? '')
  if (whole === null || version === null) return { id: whole, version: null }
  return { id: whole.slice(0, version.index), version: Number(version[1]) }
}

function authorOf(author: XmlElement): JsonObject {
  const affiliations = author.all(ARXIV, 'affiliation').map((element) => element.text().replace(/\s+/g, ' ').trim())
  return {
    name: lineAt(author, ATOM, 'name'),
    ...(affiliations.length > 0 ? { affiliation: affiliations.join('; ') } : {}),
  }
}

const categoriesOf = (entry: XmlElement): string[] =>
  entry.all(ATOM, 'category').flatMap((category) => category.attribute('term') ?? [])

/** The feeds put what they announce before the abstract: `arXiv:2104.12255v1 Announce Type: new Abstract: …`. */
const abstractIn = (summary: string | null): string | null =>
  summary?.replace(/^arXiv:\S{1,40} Announce Type: \S{1,20} Abstract: /, '') ?? null

/** Names that commas separate; one may be followed by affiliations in brackets, which have commas, too. */
function namesIn(text: string): string[] {
  const names: string[] = []
  let [start, depth] = [0, 0]
  for (let at = 0; at <= text.length; at++) {
    const character = text[at]
    if (character === '(') depth += 1
    else if (character === ')') depth = Math.max(0, depth - 1)
    else if (character === undefined || (character === ',' && depth === 0)) {
      names.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  return names.filter((name) => name !== '')
}
