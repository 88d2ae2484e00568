import { ConnectorsError, type ErrorOptions } from './errors.js'

/**
 * The third party did not accept the credential, so nothing was done. The caller decides what follows: another token,
 * marking the account as one to be linked again, or the end of a trial. In a call without an account there is nothing
 * to decide, and it is a refusal like any other.
 */
export class CredentialRefused extends ConnectorsError {
  override readonly name: string = 'CredentialRefused'

  constructor(message = 'The third party did not accept the credential.', options: ErrorOptions = {}) {
    super('UPSTREAM_REFUSED', message, options)
  }
}
