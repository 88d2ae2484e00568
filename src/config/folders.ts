import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ConfigError } from './config-error.js'
import { placeholderLeft, type Variables } from './environment.js'

/** What shells and `cmd.exe` would have replaced: anywhere in braces or percent signs, else as a whole part of the path. */
const VARIABLE = /\$\{[^{}]*\}|(?<=^|[/\\])\$[A-Za-z_]\w*(?=$|[/\\])|%[A-Za-z_]\w*%/

/** The folders of the person whose process this is. */
export class Folders {
  readonly #environment: Variables
  readonly #notices: string[]

  /** @param notices receives a sentence for each value that is not used */
  constructor(environment: Variables, notices: string[]) {
    this.#environment = environment
    this.#notices = notices
  }

  /** @throws ConfigError where neither HOME nor the list of users names one */
  home(): string {
    const { HOME } = this.#environment
    if (HOME && isAbsolute(HOME)) return HOME
    try {
      return homedir()
    } catch {
      throw new ConfigError(
        'No home folder was found to keep the data in: set CONNECTORS_DATA_DIR or HOME to an absolute path.',
      )
    }
  }

  /**
   * A folder of the XDG base directories. A relative one is not used, as the specification asks.
   * @param fallback where it is by default, under the home folder
   * @see https://specifications.freedesktop.org/basedir-spec/latest/#basics
   */
  xdg(name: 'XDG_CONFIG_HOME' | 'XDG_DATA_HOME', fallback: string): string {
    const given = this.#environment[name]
    if (given && isAbsolute(given)) return given
    if (given) this.#notices.push(`${name} is not an absolute path, so it counts as not set.`)
    return join(this.home(), fallback)
  }

  /**
   * A path as a person writes it: `~/` is the home folder.
   * @param name of the setting, for errors
   * @throws ConfigError for a relative path, whose meaning depends on where the process is started, and for one that
   * contains a variable
   */
  absolute(name: string, given: string): string {
    const [variable] = VARIABLE.exec(given) ?? []
    if (variable !== undefined) throw placeholderLeft(name, variable)
    const path = this.expanded(given)
    if (isAbsolute(path)) return path
    throw new ConfigError(
      `${name} must be an absolute path, or one that begins with ~/: the meaning of a relative path depends on where an agent starts connectors-mcp.`,
    )
  }

  /** The path with the home folder in the place of a `~` at its beginning. */
  expanded(path: string): string {
    return path === '~' || /^~[/\\]/.test(path) ? join(this.home(), path.slice(1)) : path
  }
}
