import { isPlainObject, type Json } from '../../base/json.js'
import { RememberedTexts } from '../../base/remembered-texts.js'
import type { Dialect } from './dialect.js'
import type { Spelling } from './spelling.js'

const asItIs: Spelling = (name) => name

/** Objects whose keys a caller chose (`z.record`), so that they are not names to be translated. */
const ownKeys = new WeakSet<object>()

/** Marks an object whose keys are data: it keeps them on its way to the vendor, and what is inside keeps its own as well. */
export function keepKeys<Value extends object>(value: Value): Value {
  ownKeys.add(value)
  return value
}

/** The members of a body as the vendor spells them. */
export function bodyFor(dialect: Dialect, body: Json): Json {
  return dialect.member === undefined ? body : new Translation(dialect.member, dataOf(dialect)).whole(body)
}

/** An answer with our names. @param json at most as deep as the kit's bound for answers */
export function answerOf(dialect: Dialect, json: Json): Json {
  return dialect.answer === undefined ? json : new Translation(dialect.answer, dataOf(dialect)).whole(json)
}

/**
 * The dotted path of an answer in our spelling, whichever of the two its author used. Keys below a member whose keys are
 * data stay as they are.
 */
export function pathOf(dialect: Dialect, path: string): string {
  const { answer } = dialect
  if (answer === undefined) return path
  const data = dataOf(dialect)
  const steps: string[] = []
  for (const step of path.split('.')) {
    const isData = steps.length > 0 && data.has(steps.at(-1) ?? '')
    steps.push(isData ? step : (answer(step) ?? step))
  }
  return steps.join('.')
}

const known = new WeakMap<Dialect, ReadonlySet<string>>()

function dataOf(dialect: Dialect): ReadonlySet<string> {
  const set = known.get(dialect) ?? new Set(dialect.data ?? [])
  known.set(dialect, set)
  return set
}

/** Names of one spelling, kept from answer to answer: a vendor has some hundreds, and keys that are data come and go. */
const KEPT_NAMES = { most: 2_000, longest: 100 }

const translated = new WeakMap<Spelling, RememberedTexts<string | undefined>>()

/** The same spelling, which looks up what it has translated before. */
function remembering(spelling: Spelling): Spelling {
  const names = translated.get(spelling) ?? new RememberedTexts(KEPT_NAMES)
  translated.set(spelling, names)
  return (name) => names.of(name, spelling)
}

/** One pass over one value. Each name is looked up once, however often it occurs. */
class Translation {
  readonly #spelling: Spelling
  readonly #data: ReadonlySet<string>
  readonly #names = new Map<string, string | undefined>()

  constructor(spelling: Spelling, data: ReadonlySet<string>) {
    this.#spelling = remembering(spelling)
    this.#data = data
  }

  whole(value: Json): Json {
    if (Array.isArray(value)) return value.map((item) => this.whole(item))
    if (!isPlainObject(value) || ownKeys.has(value)) return value
    return this.#members(value as Record<string, Json>, (name) => this.#name(name))
  }

  #members(value: Record<string, Json>, rename: (name: string) => string | undefined): Json {
    const members: Record<string, Json> = {}
    for (const [name, member] of Object.entries(value)) {
      const wanted = rename(name)
      if (wanted === undefined) continue
      // Two names of the vendor that would become the same name: neither is lost.
      const isTaken = wanted !== name && (Object.hasOwn(members, wanted) || Object.hasOwn(value, wanted))
      const translated = isTaken ? name : wanted
      put(members, translated, this.#isData(name, translated) ? this.#inside(member) : this.whole(member))
    }
    return members
  }

  /** The keys of this object are data; those deeper inside are names again. */
  #inside(value: Json): Json {
    if (!isPlainObject(value) || ownKeys.has(value)) return this.whole(value)
    return this.#members(value as Record<string, Json>, asItIs)
  }

  #isData(before: string, after: string): boolean {
    return this.#data.size > 0 && (this.#data.has(after) || this.#data.has(before))
  }

  #name(name: string): string | undefined {
    if (!this.#names.has(name)) this.#names.set(name, this.#spelling(name))
    return this.#names.get(name)
  }
}

/** As a member of its own, also where it has the name by which JavaScript would set the prototype. */
function put(members: Record<string, Json>, name: string, value: Json): void {
  if (name !== '__proto__') members[name] = value
  else Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true })
}
