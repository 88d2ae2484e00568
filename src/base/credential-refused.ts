import { ConnectorsError, type ErrorOptions } from './errors.js'

/**
 * The third party did not take the credential, so nothing was done. What follows is for the caller to decide: another token,
 * the mark that the account must be linked again, or the end of a trial. Where no account is behind the call there is nothing
 * to decide, and it is a refusal like any other.
 */
export class CredentialRefused extends ConnectorsError {
  override readonly name: string = 'CredentialRefused'

  constructor(message = 'The third party did not accept the credential.', options: ErrorOptions = {}) {
    super('UPSTREAM_REFUSED', message, options)
  }
}
