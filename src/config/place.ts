import { SettingsReader, type Variables } from './environment.js'

/** What decides where logins and accounts are, and of which service. */
const PLACE = ['CONNECTORS_DATA_DIR', 'CONNECTORS_API_URL', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME']

/**
 * The settings of the environment that a person in a terminal may not have, and without which the same command would look
 * elsewhere. None of them is a secret.
 */
export function placeOfEnvironment(environment: Variables = process.env): [name: string, value: string][] {
  const reader = new SettingsReader(environment, {}, [])
  return PLACE.flatMap((name): [string, string][] => {
    const value = reader.text(name)
    return value === undefined ? [] : [[name, value]]
  })
}
