import { type Clock, systemClock } from '../base/clock.js'
import { ConnectorsError, invalidParameters } from '../base/errors.js'
import { Secret } from '../base/secret.js'
import { KeyedFlights } from '../base/single-flight.js'
import { shellWord, typable } from '../base/typable.js'
import type { IssuedToken, Me } from '../wire/index.js'

/** What the environment or a saved login holds. */
export interface InitialLogin {
  identifier?: string | undefined
  secret?: Secret | undefined
  token?: Secret | undefined
  /** When `token` ends, ISO 8601; unknown if absent. */
  expiresAt?: string | undefined
}

/** The part of the service's client that a session needs. */
export interface LoginClient {
  authenticate(identifier: string, secret: Secret): Promise<IssuedToken>
  me(userToken: Secret): Promise<Me>
}

/** Who is logged in, and until when (ISO 8601; null if unknown). */
export interface LoginStatus {
  identifier: string
  expires_at: string | null
}

interface UserToken {
  value: Secret
  expiresAt: string | null
}

interface Identity {
  identifier?: string | undefined
  secret?: Secret | undefined
  token?: UserToken | undefined
}

/** A token that ends within this time is replaced before it is used. Milliseconds. */
const ENDS_SOON_MS = 60_000

const LOG_IN = 'connectors-mcp auth login'
const WHAT_TO_DO = `Call register_user (once) and then authenticate, or let the person run \`${LOG_IN} IDENTIFIER\` in a terminal.`

interface SessionDeps {
  /** Read by each call that needs a login, until it contains a user. */
  seed: () => Promise<InitialLogin>
  /** Decides when a token is about to end; the system's clock by default. */
  clock?: Clock | undefined
  /** How a person starts this installation in a terminal, for what an error says to do; the bare name by default. */
  command?: string
}

/** One person's login, in memory only. Nothing is read before the first call. */
export class Session {
  readonly #readSeed: () => Promise<InitialLogin>
  readonly #clock: Clock
  readonly #secrets = new Map<string, Secret>()
  readonly #logins = new KeyedFlights<UserToken>()
  readonly #command: string
  #seeding: Promise<void> | undefined
  #current: Identity | undefined
  #registeredLast: string | undefined

  constructor({ seed, clock = systemClock, command = 'connectors-mcp' }: SessionDeps) {
    this.#readSeed = seed
    this.#clock = clock
    this.#command = command
  }

  /** The identifier of the acting user, as far as the session knows. */
  identifier(): string | undefined {
    return this.#current?.identifier
  }

  /** Keeps the secret of a new user, so that `authenticate` needs no copy of it. */
  remember(identifier: string, secret: Secret): void {
    this.#secrets.set(identifier, secret)
    this.#registeredLast = identifier
  }

  /**
   * Logs in. Missing values come from the user registered last, the one logged in, or the initial login, in this order.
   * @throws INVALID_CREDENTIALS, INVALID_TOKEN when no credential is known, INVALID_PARAMETERS when one half is missing
   */
  async authenticate(client: LoginClient, given: { identifier?: string; secret?: Secret }): Promise<LoginStatus> {
    await this.#loadSeed()
    const identifier =
      given.identifier ?? (given.secret ? undefined : this.#registeredLast) ?? this.#current?.identifier
    const secret = given.secret ?? (identifier === undefined ? undefined : await this.#secretOf(identifier))
    if (identifier === undefined || secret === undefined) return this.#withoutSecret(client, given)
    const token = await this.#logIn(client, identifier, secret)
    this.#secrets.set(identifier, secret)
    this.#current = { identifier, secret, token }
    if (this.#registeredLast === identifier) this.#registeredLast = undefined
    return { identifier, expires_at: token.expiresAt }
  }

  /** Whether calls can be made without asking the person. Nothing is sent. */
  async hasLogin(): Promise<boolean> {
    await this.#loadSeed()
    const who = this.#who()
    return who !== undefined && (who.secret !== undefined || this.#millisecondsLeft(who.token) > 0)
  }

  /**
   * Runs a call with a user token that is not about to end, logging in silently if there is a secret. A token the
   * service refuses is replaced once and the call retried, since a refused call has done nothing.
   * @throws INVALID_TOKEN with what to do, when there is neither a valid token nor a secret
   */
  async withToken<T>(client: LoginClient, run: (userToken: Secret) => Promise<T>): Promise<T> {
    await this.#loadSeed()
    const who = this.#who()
    const token = await this.#tokenOf(client, who)
    try {
      return await run(token.value)
    } catch (error) {
      if (!(error instanceof ConnectorsError) || error.code !== 'INVALID_TOKEN') throw error
      if (who?.identifier === undefined || who.secret === undefined)
        throw this.#notLoggedIn('The login is no longer valid.')
      return run((await this.#renew(client, who.identifier, who.secret, token)).value)
    }
  }

  /** The acting user: the one logged in, else the one registered last. */
  #who(): Identity | undefined {
    if (this.#current?.token || this.#current?.secret || this.#registeredLast === undefined) return this.#current
    return { identifier: this.#registeredLast, secret: this.#secrets.get(this.#registeredLast) }
  }

  async #tokenOf(client: LoginClient, who: Identity | undefined): Promise<UserToken> {
    const left = this.#millisecondsLeft(who?.token)
    if (who?.token && left > ENDS_SOON_MS) return who.token
    if (who?.identifier !== undefined && who.secret) return this.#logInAgain(client, who.identifier, who.secret)
    if (who?.token && left > 0) return who.token
    throw this.#notLoggedIn(who?.token ? 'The login has ended.' : 'No user is logged in.')
  }

  /** A new token in place of a refused one, unless another call has fetched one meanwhile. */
  async #renew(client: LoginClient, identifier: string, secret: Secret, refused: UserToken): Promise<UserToken> {
    const now = this.#current
    if (now?.identifier === identifier && now.token && now.token !== refused) return now.token
    return this.#logInAgain(client, identifier, secret)
  }

  /** A silent login; it never replaces another user who has logged in by then. */
  async #logInAgain(client: LoginClient, identifier: string, secret: Secret): Promise<UserToken> {
    const token = await this.#logIn(client, identifier, secret)
    const acting = this.#who()?.identifier
    if (acting === undefined || acting === identifier) this.#current = { identifier, secret, token }
    return token
  }

  /** One login, shared by all calls that wait for it. */
  #logIn(client: LoginClient, identifier: string, secret: Secret): Promise<UserToken> {
    return this.#logins.run(JSON.stringify([identifier, secret.reveal()]), async () => {
      const issued = await client.authenticate(identifier, secret)
      return { value: new Secret(issued.token), expiresAt: issued.expires_at }
    })
  }

  async #withoutSecret(client: LoginClient, given: { identifier?: string; secret?: Secret }): Promise<LoginStatus> {
    if (given.secret)
      throw invalidParameters('The argument identifier is missing: name the user that the secret belongs to.')
    const acting = given.identifier === this.#current?.identifier && this.#current?.token !== undefined
    if (given.identifier !== undefined && !acting)
      throw invalidParameters(
        typable(
          `The secret of that user is not known here. Let the person run \`${LOG_IN} ${shellWord(given.identifier)}\` in a terminal, and call authenticate again; or pass it in the argument secret, if the person wrote it here.`,
          this.#command,
        ),
      )
    const { identifier } = await this.withToken(client, (userToken) => client.me(userToken))
    if (this.#current) this.#current = { ...this.#current, identifier }
    return { identifier, expires_at: this.#current?.token?.expiresAt ?? null }
  }

  #millisecondsLeft(token: UserToken | undefined): number {
    if (token === undefined) return 0
    const end = token.expiresAt === null ? Number.NaN : Date.parse(token.expiresAt)
    return Number.isNaN(end) ? Number.POSITIVE_INFINITY : end - this.#clock()
  }

  /** Read again in each call until there is a user: the person may have logged in meanwhile, in a terminal. */
  #loadSeed(): Promise<void> {
    this.#seeding ??= this.#readSeed()
      .then((seed) => this.#plant(seed))
      .finally(() => {
        if (this.#current === undefined) this.#seeding = undefined
      })
    return this.#seeding
  }

  /** The secret of a user that the session knows, or as whom the person has logged in meanwhile. */
  async #secretOf(identifier: string): Promise<Secret | undefined> {
    const known = this.#secrets.get(identifier)
    if (known) return known
    const seed = await this.#readSeed()
    return seed.identifier === identifier ? seed.secret : undefined
  }

  #notLoggedIn(what: string): ConnectorsError {
    return new ConnectorsError('INVALID_TOKEN', typable(`${what} ${WHAT_TO_DO}`, this.#command))
  }

  #plant({ identifier, secret, token, expiresAt }: InitialLogin): void {
    if (identifier !== undefined && secret && !this.#secrets.has(identifier)) this.#secrets.set(identifier, secret)
    const usable = identifier === undefined ? undefined : secret
    const userToken = token && { value: token, expiresAt: expiresAt ?? null }
    if (identifier !== undefined || userToken) this.#current ??= { identifier, secret: usable, token: userToken }
  }
}
