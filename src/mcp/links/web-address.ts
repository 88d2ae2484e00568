import { ConnectorsError } from '../../base/errors.js'

/** Whether a browser may be sent there: http or https, nothing that runs or reads. */
export const isWebAddress = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)

/** @throws UPSTREAM_ERROR where the service gave something else to open */
export function checkWebAddress(url: string): void {
  if (!isWebAddress(url))
    throw new ConnectorsError('UPSTREAM_ERROR', 'The service gave no web address to open; its operator can look why.')
}
