import {
  type AuthorizerAction,
  type AuthorizerAnswer,
  FUNCTIONS,
  INNER_FUNCTIONS,
  MODULES,
  PRAGMAS,
  type RefusalReason,
  RIGHTS,
  type Right,
  SHADOW_TABLE,
} from './privileges.js'

/** The answers SQLite knows. @see https://www.sqlite.org/c3ref/c_deny.html */
const OK = 0
const DENY = 1

/** One question of SQLite: its third to sixth arguments, which mean something else for each action. */
export interface AuthorizerQuestion {
  action: number
  first: string | null
  second: string | null
}

/** What the statement is, as far as it decides an answer; `own` is text that this service wrote alone. */
type Kind = 'statement' | 'vacuum' | 'own'

const BY_CODE = new Map<number, [AuthorizerAction, Right]>(
  Object.entries(RIGHTS).map(([action, right]) => [right.code, [action as AuthorizerAction, right]]),
)

/** Answers SQLite for one connection, and remembers what a statement turned out to do. */
export class SqliteAuthorizer {
  readonly #readOnly: boolean
  #kind: Kind = 'own'
  /** The first refusal, with what was refused. */
  refused: { reason: RefusalReason; what: string } | undefined
  changesFile = false
  changesConnection = false

  constructor(readOnly: boolean) {
    this.#readOnly = readOnly
  }

  /**
   * Forgets the last statement and answers for the next.
   * @param vacuum whether it may attach a file without a name, which is one that SQLite makes and removes
   */
  expect(vacuum: boolean): void {
    this.#kind = vacuum ? 'vacuum' : 'statement'
    this.refused = undefined
    this.changesFile = false
    this.changesConnection = false
  }

  /** Runs what this service wrote itself: it may do anything, and is not remembered. */
  own(run: () => void): void {
    const kind = this.#kind
    this.#kind = 'own'
    try {
      run()
    } finally {
      this.#kind = kind
    }
  }

  /** What SQLite calls. @see https://www.sqlite.org/c3ref/set_authorizer.html */
  readonly answer = (action: number, first: string | null, second: string | null): number => {
    if (this.#kind === 'own') return OK
    const reason = this.#decide({ action, first, second })
    if (reason === 'yes') return OK
    this.refused ??= { reason, what: nameOf(action, first, second) }
    return DENY
  }

  #decide(question: AuthorizerQuestion): 'yes' | RefusalReason {
    const [action, right] = BY_CODE.get(question.action) ?? []
    if (!action || !right) return 'beyond-the-file'
    this.#remember(action, right, question)
    if (action === 'TRANSACTION' && this.#kind === 'vacuum') return 'yes'
    return this.#resolve(this.#readOnly ? right.reader : right.writer, question)
  }

  #remember(action: AuthorizerAction, { changes }: Right, { first, second }: AuthorizerQuestion): void {
    const use = action === 'PRAGMA' ? PRAGMAS.get((first ?? '').toLowerCase()) : undefined
    const sets = action === 'PRAGMA' && second !== null && use !== 'question'
    if (changes === 'connection' || sets) this.changesConnection = true
    const inner = isRowChange(action) && SHADOW_TABLE.test(first ?? '')
    if ((changes === 'file' && !inner) || sets || use === 'work') this.changesFile = true
  }

  #resolve(answer: AuthorizerAnswer, { first, second }: AuthorizerQuestion): 'yes' | RefusalReason {
    switch (answer) {
      case 'by-function':
        return FUNCTIONS.has(second ?? '') || INNER_FUNCTIONS.has(second ?? '') ? 'yes' : 'function'
      case 'by-pragma':
        return pragma(first ?? '', second, this.#readOnly)
      case 'by-module':
        return MODULES.has((second ?? '').toLowerCase()) ? 'yes' : 'module'
      case 'empty-file':
        return this.#kind === 'vacuum' && first === '' ? 'yes' : 'beyond-the-file'
      case 'shadow-table':
        return SHADOW_TABLE.test(first ?? '') ? 'yes' : 'read-only'
      default:
        return answer
    }
  }
}

const isRowChange = (action: AuthorizerAction): boolean =>
  action === 'INSERT' || action === 'UPDATE' || action === 'DELETE'

function pragma(name: string, argument: string | null, readOnly: boolean): 'yes' | RefusalReason {
  const use = PRAGMAS.get(name.toLowerCase())
  if (use === undefined) return 'setting'
  if (use === 'work') return readOnly ? 'read-only' : 'yes'
  if (argument === null || use === 'question') return 'yes'
  if (use === 'none') return 'setting'
  if (use === 'kept') return readOnly ? 'read-only' : 'yes'
  if (!use.only.test(argument)) return 'setting'
  return use.kept && readOnly ? 'read-only' : 'yes'
}

/** For the details of an error: the action, with the name of the function, PRAGMA, module or table. */
function nameOf(code: number, first: string | null, second: string | null): string {
  const action = BY_CODE.get(code)?.[0] ?? String(code)
  const name = action === 'FUNCTION' || action === 'CREATE_VTABLE' ? second : action === 'ATTACH' ? null : first
  return name ? `${action} ${name}` : action
}
