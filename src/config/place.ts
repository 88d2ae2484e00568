import { SettingsReader, type Variables } from './environment.js'

/** The settings that decide where logins and accounts are stored, and for which service. */
const PLACE = ['CONNECTORS_DATA_DIR', 'CONNECTORS_API_URL', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME']

/**
 * The settings of the environment that a terminal may lack, and without which the same command would use other
 * logins. None of them is a secret.
 */
export function placeOfEnvironment(environment: Variables = process.env): [name: string, value: string][] {
  const reader = new SettingsReader(environment, {}, [])
  return PLACE.flatMap((name): [string, string][] => {
    const value = reader.text(name)
    return value === undefined ? [] : [[name, value]]
  })
}
