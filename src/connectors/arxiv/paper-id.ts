import { invalidParameters, z } from '../../kit/index.js'

export const paper_id = z
  .string()
  .min(1)
  .describe('Id, with or without version: 2104.12255v1, quant-ph/0201082; or address of the paper')

/** The address of a paper's page, PDF or HTML. */
const ADDRESS = /^(?:https?:\/\/)?(?:(?:www|export)\.)?arxiv\.org\/(?:abs|pdf|html)\/([^?#]{1,80})/i
/** Wider than what arXiv gives today, as arXiv itself says what is not an id; but nothing that is a list or a path. */
const ID = /^(?:[a-z][a-z.-]{1,40}\/)?\w[\w.]{0,30}$/i

/**
 * The id in what a caller gave: itself, `arXiv:` before it, or an address.
 * @throws INVALID_PARAMETERS for anything else
 * @see https://info.arxiv.org/help/arxiv_identifier.html
 */
export function paperIdIn(text: string): string {
  const trimmed = text.trim()
  const [, inAddress] = ADDRESS.exec(trimmed) ?? []
  const id = (inAddress ?? trimmed.replace(/^arxiv:/i, '')).trim().replace(/(?:\.pdf)?\/?$/i, '')
  if (ID.test(id)) return id
  throw invalidParameters('paper_id is not the id of a paper on arXiv.', [
    { field: 'paper_id', message: 'must be an id such as 2104.12255, 2104.12255v1 or quant-ph/0201082' },
  ])
}
