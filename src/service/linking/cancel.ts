import { ConnectorsError } from '../../base/errors.js'
import type { Links } from './links.js'

/**
 * Ends a pending link.
 * @param sentence what the person and the agent read
 * @returns false when it has ended, or a browser is just finishing it
 */
export async function cancelLink(links: Links, linkId: string, sentence: string): Promise<boolean> {
  const link = await links.claim({ id: linkId })
  if (link) await links.fail(link, new ConnectorsError('LINK_FAILED', sentence), 'cancelled_error')
  return link !== undefined
}
