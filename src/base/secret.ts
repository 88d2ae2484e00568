import { inspect } from 'node:util'

const REDACTED = '[redacted]'

/** A value that must not be seen. Whatever prints, logs or serialises it gets `[redacted]`; `reveal()` is the one way out. */
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
