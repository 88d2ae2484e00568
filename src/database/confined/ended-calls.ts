/** Calls that were answered before their process has confirmed that it stopped them. */
export class EndedCalls {
  #unconfirmed = 0
  readonly #waiting: (() => void)[] = []

  /** True while one is not confirmed. */
  get isAnyOpen(): boolean {
    return this.#unconfirmed > 0
  }

  add(): void {
    this.#unconfirmed += 1
  }

  confirm(): void {
    this.#unconfirmed -= 1
    if (this.#unconfirmed === 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves when all are confirmed. */
  confirmed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isAnyOpen) this.#waiting.push(resolve)
      else resolve()
    })
  }
}
