import { ConfigError } from './config-error.js'

/** Variables of the process, or the entries of the configuration file: texts by name. */
export type Variables = Readonly<Record<string, string | undefined>>

/** A value that is only a placeholder, as agents, shells and templates write them. */
const ONLY_PLACEHOLDER = /^(?:\$\{[^{}]*\}|\$[A-Za-z_]\w*|%[A-Za-z_]\w*%|\{\{[^{}]*\}\}|<[^<>]*>)$/
/** The only form that cannot be meant literally. */
const ONLY_BRACES = /^\$\{.*\}$/
const HOLDS_BRACES = /\$\{[^{}]*\}|\{\{[^{}]*\}\}/

/** How a setting is read. */
export interface ReadingOptions {
  /** True for a text in which quotation marks and dollar signs may be meant literally: a passphrase, keys. */
  verbatim?: boolean
}

/**
 * Reads single settings from the environment, else from the configuration file, and corrects what programs
 * left in them: quotation marks that a shell would have removed, and placeholders that were not filled in.
 */
export class SettingsReader {
  readonly #environment: Variables
  readonly #file: Variables
  readonly #notices: string[]

  /** @param notices receives a sentence for each value that is not used */
  constructor(environment: Variables, file: Variables, notices: string[]) {
    this.#environment = environment
    this.#file = file
    this.#notices = notices
  }

  /** Whether the setting is present at all, even if it is empty. */
  isPresent(name: string): boolean {
    return this.#environment[name] !== undefined || this.#file[name] !== undefined
  }

  /**
   * @returns the text without surrounding space; undefined for what is empty or only a placeholder
   * @throws ConfigError for a text in which a placeholder was left
   */
  text(name: string, { verbatim = false }: ReadingOptions = {}): string | undefined {
    const given = this.#environment[name]?.trim() || this.#file[name]?.trim()
    if (!given) return undefined
    const text = verbatim ? given : withoutQuotes(given)
    if ((verbatim ? ONLY_BRACES : ONLY_PLACEHOLDER).test(text)) {
      this.#note(`${name} is a placeholder that was not filled in, so it counts as not set.`)
      return undefined
    }
    if (!verbatim && HOLDS_BRACES.test(text)) throw placeholderLeft(name, HOLDS_BRACES.exec(text)?.[0] ?? '')
    return text || undefined
  }

  /** A setting may be read several times. */
  #note(sentence: string): void {
    if (!this.#notices.includes(sentence)) this.#notices.push(sentence)
  }
}

/** The error for a setting with a placeholder among other text, whose value would not be the intended one. */
export const placeholderLeft = (name: string, placeholder: string): ConfigError =>
  new ConfigError(
    `${name} holds the placeholder ${placeholder}, which the program that started connectors-mcp did not fill in; write out its value.`,
  )

/** Files of variables, as Docker and systemd read them, keep the quotation marks of a shell. */
function withoutQuotes(text: string): string {
  const [, , inner] = /^(["'])(.*)\1$/s.exec(text) ?? []
  return inner === undefined ? text : inner.trim()
}
