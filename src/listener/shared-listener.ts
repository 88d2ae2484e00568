import { ConnectorsError } from '../base/errors.js'
import { singleFlight } from '../base/single-flight.js'
import type { Listener } from './listen.js'

const HOST = '127.0.0.1'
/** How often a process that relies on another one's listener tries to take its place. Milliseconds. */
const TAKE_OVER_EVERY = 1000
/** How long it goes on trying after the address was last requested: as long as a link is valid. Milliseconds. */
const NEEDED_FOR = 10 * 60_000

interface SharedListenerDeps {
  /** 0 for any free one. */
  port: number
  /** Which paths browsers may reach. */
  reachable: RegExp
  /** @param address host and port of the listener that the request came to */
  answer: (request: Request, address: string) => Response | Promise<Response>
  /** Whether the address is served by a process on the same store. */
  isOurs: (url: string) => Promise<boolean>
}

/**
 * A listener on the loopback address, where the browsers of this machine reach the service of this data folder. A port
 * that another process on the same store holds is left to it, since it finishes our links too; when that process ends, this
 * one takes its place.
 */
export class SharedListener {
  readonly #deps: SharedListenerDeps
  #own: Listener | undefined
  readonly #open = singleFlight(() => this.#startOrShare())
  #takingOver: NodeJS.Timeout | undefined
  #neededUntil = 0
  #closed = false

  constructor(deps: SharedListenerDeps) {
    this.#deps = deps
  }

  /** The address; starts listening on first use. @throws UNAVAILABLE when another program has the configured port */
  async url(): Promise<string> {
    this.#neededUntil = Date.now() + NEEDED_FOR
    if (this.#own) return this.#own.url
    return this.#open()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#takingOver)
    await this.#own?.close()
  }

  async #startOrShare(): Promise<string> {
    const { port, isOurs } = this.#deps
    try {
      return await this.#start()
    } catch (error) {
      const url = `http://${HOST}:${port}`
      if (port === 0 || !(await isOurs(url))) throw portTaken(port, error)
      this.#takeOverLater()
      return url
    }
  }

  async #start(): Promise<string> {
    const { listen } = await import('./listen.js')
    const started = await listen((request) => this.#answer(request), this.#deps.port)
    // A browser may come back for ten minutes; that must not keep a finished process alive.
    started.server.unref()
    if (this.#closed) await started.close()
    this.#own = started
    return started.url
  }

  /** Only under our own address: requests for a name that foreign DNS points here are refused. */
  #answer(request: Request): Response | Promise<Response> {
    const { pathname, host } = new URL(request.url)
    const address = this.#own && new URL(this.#own.url).host
    if (address === undefined || host !== address || !this.#deps.reachable.test(pathname))
      return new Response(null, { status: 404 })
    return this.#deps.answer(request, address)
  }

  #takeOverLater(): void {
    clearTimeout(this.#takingOver)
    this.#takingOver = setTimeout(() => {
      if (this.#own || this.#closed || Date.now() > this.#neededUntil) return
      // The other one still holds the port.
      this.#start().catch(() => this.#takeOverLater())
    }, TAKE_OVER_EVERY)
    this.#takingOver.unref()
  }
}

const portTaken = (port: number, cause: unknown): ConnectorsError =>
  new ConnectorsError(
    'UNAVAILABLE',
    port === 0
      ? `No port on ${HOST} can be used to finish links in a browser; check the restrictions of this machine.`
      : `Port ${port}, which CONNECTORS_CALLBACK_PORT names, is used by another program; free it or set CONNECTORS_CALLBACK_PORT to another one.`,
    { cause },
  )
