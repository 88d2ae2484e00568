import { ConnectorsError } from '../../base/errors.js'
import type { Cancellation } from '../cancellation.js'
import type { DatabaseOwner } from '../port.js'

/** How much of what is free a client may hold. With 2, a client on its own gets two thirds of the whole. */
const OF_CLIENT = 2
/** The same for one user of a client. With 1.5, a user on their own gets three fifths of the whole. */
const OF_USER = 1.5
/** The most calls of one user that wait for one thing at a time. */
const MOST_WAITING = 1000

interface Waiter {
  /** Its number among all that ever waited. */
  arrived: number
  grant(): void
}

interface Holder {
  held: number
  /** When one was given to it last, by the count of those given; 0 for never. */
  served: number
}

interface User extends Holder {
  waiting: Set<Waiter>
}

interface Client extends Holder {
  users: Map<string, User>
}

/** Who has to let go of something before an owner may take more. */
export type Blocked = 'user' | 'client' | 'all'

/**
 * So many of one thing, shared out to clients and their users: each may hold a multiple of what is still free. Alone, one
 * gets most of it; the more is held, the less anybody may add, and some is always left for an owner who holds none. What
 * becomes free goes to the waiting client that holds least, and in it to the user that holds least; where they hold the same, to the one whose last is longest ago.
 *
 * @see A. K. Choudhury and E. L. Hahne, "Dynamic queue length thresholds for shared-memory packet switches", 1998
 */
export class Shares {
  readonly #total: number
  readonly #what: string
  #held = 0
  #waiting = 0
  #given = 0
  #arrived = 0
  /** Those that hold something or wait. */
  readonly #clients = new Map<string, Client>()

  /**
   * @param total how many there are
   * @param what one of them, for the error of a call that waits for it in vain: `a connection to the database`
   */
  constructor(total: number, what: string) {
    this.#total = total
    this.#what = what
  }

  /** Takes one at once, if the owner's share allows it. @returns whether it did */
  tryTake(owner: DatabaseOwner): boolean {
    if (this.blocked(owner)) return false
    this.#take(owner)
    return true
  }

  /**
   * Takes one, waiting for it where the owner's share or the whole is used up.
   * @param cancellation ends the waiting
   * @throws what it ended with, and RATE_LIMITED where too many calls of the owner wait already
   */
  async take(owner: DatabaseOwner, cancellation: Cancellation): Promise<void> {
    if (!this.tryTake(owner)) await this.#wait(owner, cancellation)
  }

  /** Takes one as `take` does. @returns lets go of it, once */
  async lend(owner: DatabaseOwner, cancellation: Cancellation): Promise<() => void> {
    await this.take(owner, cancellation)
    let held = true
    return () => {
      if (held) this.release(owner)
      held = false
    }
  }

  release({ client: clientName, user: userName }: DatabaseOwner): void {
    const client = this.#client(clientName)
    const user = userOf(client, userName)
    this.#held -= 1
    client.held -= 1
    user.held -= 1
    this.#forget(clientName, userName)
    if (this.#waiting > 0) this.#serve()
  }

  /** Why the owner may not take another one now; undefined if they may. */
  blocked({ client: clientName, user: userName }: DatabaseOwner): Blocked | undefined {
    const free = this.#total - this.#held
    if (free < 1) return 'all'
    const client = this.#clients.get(clientName)
    if (!client) return undefined
    if (client.held >= OF_CLIENT * free) return 'client'
    return (client.users.get(userName)?.held ?? 0) >= OF_USER * free ? 'user' : undefined
  }

  /** What the owner's client holds, and what the owner does. */
  heldBy({ client: clientName, user: userName }: DatabaseOwner): { client: number; user: number } {
    const client = this.#clients.get(clientName)
    return { client: client?.held ?? 0, user: client?.users.get(userName)?.held ?? 0 }
  }

  /** True while a call waits. */
  get isAwaited(): boolean {
    return this.#waiting > 0
  }

  /** Those who wait. */
  waiting(): DatabaseOwner[] {
    return [...this.#clients].flatMap(([client, { users }]) =>
      [...users].flatMap(([user, { waiting }]) => (waiting.size > 0 ? [{ client, user }] : [])),
    )
  }

  /** Gives what is free to those who wait and may have it. */
  #serve(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      const { owner, waiter } = next
      userOf(this.#client(owner.client), owner.user).waiting.delete(waiter)
      this.#waiting -= 1
      this.#take(owner)
      waiter.grant()
    }
  }

  #next(): Candidate | undefined {
    let best: Candidate | undefined
    for (const [clientName, client] of this.#clients) {
      for (const [userName, user] of client.users) {
        const owner = { client: clientName, user: userName }
        const [waiter] = user.waiting
        if (!waiter || this.blocked(owner)) continue
        const rank = [client.held, client.served, user.held, user.served, waiter.arrived]
        if (!best || isBefore(rank, best.rank)) best = { owner, waiter, rank }
      }
    }
    return best
  }

  #take(owner: DatabaseOwner): void {
    this.#held += 1
    this.#given += 1
    const client = this.#client(owner.client)
    for (const holder of [client, userOf(client, owner.user)]) {
      holder.held += 1
      holder.served = this.#given
    }
  }

  #wait(owner: DatabaseOwner, cancellation: Cancellation): Promise<void> {
    const { waiting } = userOf(this.#client(owner.client), owner.user)
    if (waiting.size >= MOST_WAITING) throw tooMany(this.#what)
    return new Promise((resolve, reject) => {
      const arrived = cancellation.waitFor(this.#what)
      this.#arrived += 1
      const waiter: Waiter = {
        arrived: this.#arrived,
        grant() {
          arrived()
          forget()
          resolve()
        },
      }
      waiting.add(waiter)
      this.#waiting += 1
      const forget = cancellation.listen((error) => {
        waiting.delete(waiter)
        this.#waiting -= 1
        this.#forget(owner.client, owner.user)
        reject(error)
      })
    })
  }

  #client(name: string): Client {
    const known = this.#clients.get(name)
    if (known) return known
    const client: Client = { held: 0, served: 0, users: new Map() }
    this.#clients.set(name, client)
    return client
  }

  #forget(clientName: string, userName: string): void {
    const client = this.#clients.get(clientName)
    const user = client?.users.get(userName)
    if (client && user?.held === 0 && user.waiting.size === 0) client.users.delete(userName)
    if (client?.users.size === 0) this.#clients.delete(clientName)
  }
}

interface Candidate {
  owner: DatabaseOwner
  waiter: Waiter
  /** Who has the lowest numbers comes first; earlier ones count more. */
  rank: readonly number[]
}

function isBefore(rank: readonly number[], other: readonly number[]): boolean {
  const at = rank.findIndex((value, index) => value !== other[index])
  return at !== -1 && (rank[at] ?? 0) < (other[at] ?? 0)
}

function userOf(client: Client, name: string): User {
  const known = client.users.get(name)
  if (known) return known
  const user: User = { held: 0, served: 0, waiting: new Set() }
  client.users.set(name, user)
  return user
}

const tooMany = (what: string): ConnectorsError =>
  new ConnectorsError(
    'RATE_LIMITED',
    `More than ${MOST_WAITING} of your calls wait for ${what} already; wait until some of them are answered.`,
    { retryable: true },
  )
