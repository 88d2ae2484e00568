import { resolve } from 'node:path'
import { shellWord } from '../base/typable.js'
import { placeOfEnvironment } from '../config/place.js'

/** How this very installation is started in a terminal with the same environment. */
export const ownCommand = (): string =>
  [process.execPath, resolve(process.argv[1] ?? 'dist/main.js')].map((word) => shellWord(word)).join(' ')

/**
 * The same for a person whose terminal does not have the environment that an agent gave this process: with the settings
 * before it that decide where the logins are.
 */
export function ownCommandElsewhere(): string {
  // On Windows, no such form works in all shells.
  if (process.platform === 'win32') return ownCommand()
  const settings = placeOfEnvironment().map(([name, value]) => `${name}=${shellWord(value)}`)
  return [...settings, ownCommand()].join(' ')
}
