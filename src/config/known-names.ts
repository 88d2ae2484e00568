import { closeNames } from '../base/close-names.js'

const PREFIX = 'CONNECTORS_'

/**
 * Sentences about settings that do not exist, with the closest one that does: under a wrong name a setting would be
 * silently ignored.
 * @param given all names of the environment and of the configuration file; those of other programs are ignored
 * @param known every setting there is
 */
export function unknownSettings(given: readonly string[], known: readonly string[]): string[] {
  const names = new Set(known)
  const withoutPrefix = known.map((name) => name.slice(PREFIX.length))
  return given
    .filter((name) => name.startsWith(PREFIX) && !names.has(name))
    .map((name) => {
      const [close] = closeNames(name.slice(PREFIX.length), withoutPrefix, 1)
      const hint = close === undefined ? '' : ` Did you mean ${PREFIX}${close}?`
      return `Unknown setting ${name.slice(0, 100)}; it has no effect.${hint}`
    })
}
