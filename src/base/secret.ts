import { inspect } from 'node:util'

const REDACTED = '[redacted]'

/** A value that must stay hidden. Printing, logging or serialising it yields `[redacted]`; only `reveal()` returns it. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [inspect.custom](): string {
    return REDACTED
  }
}
