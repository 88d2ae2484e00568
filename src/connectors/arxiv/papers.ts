import { ConnectorFile, ConnectorsError, defineAction, path, type Upstream } from '../../kit/index.js'
import { entriesOf, paperOf } from './feed.js'
import { paper_id, paperIdIn } from './paper-id.js'

/** @see https://info.arxiv.org/help/api/user-manual.html#search_query_and_id_list */
export const getPaperMetadata = defineAction({
  name: 'get_paper_metadata',
  description:
    'Get title, authors, abstract, dates, categories, comment, journal, DOI and addresses of one paper. Without a version it is the latest one.',
  examples: ['what is this paper about', 'who wrote this arXiv paper', 'abstract of a paper'],
  effect: 'read',
  input: { paper_id },
  run: async (arxiv, input) => {
    const id_list = paperIdIn(input.paper_id)
    const feed = await arxiv.xml({ method: 'GET', path: path`/api/query`, query: { id_list } })
    const [entry] = entriesOf(feed)
    if (entry) return paperOf(entry)
    throw new ConnectorsError(
      'NOT_FOUND',
      'There is no paper of this id on arXiv, or not in this version; check the id.',
    )
  },
})

/** @see https://info.arxiv.org/help/arxiv_identifier_for_services.html */
export const downloadPaper = defineAction({
  name: 'download_paper',
  description: 'Get a paper as a PDF file. Without a version it is the latest one.',
  examples: ['download this paper', 'the PDF of an arXiv paper'],
  effect: 'read',
  shaping: false,
  input: { paper_id },
  run: async (arxiv, input) => {
    const id = paperIdIn(input.paper_id)
    const { bytes } = await pdfOf(arxiv, id)
    if (!isPdf(bytes)) throw noPdf(bytes)
    return new ConnectorFile(bytes, `${id.replace('/', '_')}.pdf`, 'application/pdf')
  },
})

/** An id of the old form is two segments. */
function pdfOf(arxiv: Upstream, id: string): Promise<ConnectorFile> {
  const [archive = '', number] = id.split('/')
  const at = number === undefined ? path`/pdf/${id}` : path`/pdf/${archive}/${number}`
  return arxiv.file({ method: 'GET', host: 'pdf', path: at, headers: { accept: 'application/pdf' } })
}

/** Readers take a PDF whose header is not its first bytes, and so is one read here. @see ISO 32000-1, annex H */
const HEADER_WITHIN = 1024

const beginning = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, HEADER_WITHIN)).toString('latin1')

const isPage = (bytes: Uint8Array): boolean => /^(?:\xEF\xBB\xBF)?\s*</.test(beginning(bytes))
const isPdf = (bytes: Uint8Array): boolean => !isPage(bytes) && beginning(bytes).includes('%PDF-')

/** arXiv shows a page where a paper was withdrawn, or where it takes a caller for a robot that asks for too much. */
const noPdf = (bytes: Uint8Array): ConnectorsError =>
  isPage(bytes)
    ? new ConnectorsError(
        'UPSTREAM_REFUSED',
        'A page came from arXiv in place of the PDF. The paper may be withdrawn, which its comment says (get_paper_metadata); otherwise try again later.',
      )
    : new ConnectorsError('UPSTREAM_ERROR', 'The answer of arXiv is something other than a PDF; try again later.', {
        retryable: true,
      })
