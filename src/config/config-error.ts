/** A setting that cannot be used. The message says which one and what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
