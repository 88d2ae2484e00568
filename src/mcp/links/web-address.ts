import { ConnectorsError } from '../../base/errors.js'

/** Whether a browser may be sent there: http or https only, since other schemes run code or read files. */
export const isWebAddress = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)

/** @throws UPSTREAM_ERROR if it is not a web address */
export function checkWebAddress(url: string): void {
  if (!isWebAddress(url))
    throw new ConnectorsError(
      'UPSTREAM_ERROR',
      'The service returned an invalid link address; ask its operator to check.',
    )
}
