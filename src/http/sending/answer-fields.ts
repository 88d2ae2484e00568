/** The header fields of an answer, to be read by name in any case. A `Headers` of the platform is one, too. */
export interface AnswerFields {
  /** Several fields of one name are joined by commas; null where there is none. */
  get(name: string): string | null
  has(name: string): boolean
}

/** Fields as the library hands them over: by name in lower case, a list where there are several. */
export type ReceivedFields = Readonly<Record<string, string | string[] | undefined>>

/** Reads fields where they are: a `Headers` would copy and sort all of them for each answer. */
export class ReceivedAnswerFields implements AnswerFields {
  readonly #fields: ReceivedFields

  constructor(fields: ReceivedFields) {
    this.#fields = fields
  }

  get(name: string): string | null {
    const key = name.toLowerCase()
    const value = Object.hasOwn(this.#fields, key) ? this.#fields[key] : undefined
    if (Array.isArray(value)) return value.join(key === 'cookie' ? '; ' : ', ')
    return value ?? null
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }
}
