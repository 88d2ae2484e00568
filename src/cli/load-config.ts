import { connectorNames } from '../app/index.js'
import { type Config, readConfig } from '../config/index.js'
import { complain } from './output.js'

/**
 * Reads the settings for a command, and reports on standard error which of them have no effect.
 * @param connectorFiles modules with connectors of a person's own, which may have settings too
 * @throws ConfigError
 */
export function loadConfig(connectorFiles: readonly string[] = []): Config {
  const config = readConfig()
  const unknown = config.unknownSettings({ connectors: connectorNames, isComplete: connectorFiles.length === 0 })
  for (const notice of [...config.notices, ...unknown]) complain(notice)
  return config
}
