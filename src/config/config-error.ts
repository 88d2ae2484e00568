/** An invalid setting. The message names it and says which values are allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
