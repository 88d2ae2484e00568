import { Browser } from '../browser.js'

/** What the person does on the page of a link. */
export type OnThePage = 'links it' | 'links it read-only' | 'cancels' | 'does nothing'

export interface PersonOptions {
  /** The SQLite file the person has. */
  file: string
  /** What is asked of it, first as it comes to mind and then more narrowly. */
  questions: { first: string; narrow: string }
  /** Whether an answer is what the person wanted. */
  isContent: (data: unknown) => boolean
}

/** The person whom an agent works for: has a name, a database and a question, and opens pages in a browser. */
export class Person {
  readonly name = 'ada@example.com'
  /** What the person wants, as said to an agent. */
  readonly need = 'ask a database with SQL'
  /** What a connector must be about, and what an action of it must do. */
  readonly needs = /database/i
  readonly means = /run one sql statement/i
  /** What the person does on the next pages; links it when nothing is left. */
  readonly plans: OnThePage[] = []
  readonly isContent: PersonOptions['isContent']
  readonly #options: PersonOptions

  constructor(options: PersonOptions) {
    this.#options = options
    this.isContent = options.isContent
  }

  question(narrow: boolean): string {
    return narrow ? this.#options.questions.narrow : this.#options.questions.first
  }

  async open(url: string): Promise<void> {
    const plan = this.plans.shift() ?? 'links it'
    if (plan === 'does nothing') return
    const browser = new Browser({ follow: 'everything' })
    await browser.open(url)
    if (plan === 'cancels') {
      await browser.submit('/cancel')
      return
    }
    const page = await browser.submit('/configuration', {
      'field.url': `sqlite:///${this.#options.file}`,
      'field.identifier': 'shop',
    })
    const choice = page.forms.find(({ action }) => action.endsWith('/access'))
    if (choice) await browser.submit(choice, { access: plan === 'links it' ? 'write' : 'read_only' })
  }
}
