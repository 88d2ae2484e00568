import {
  backgroundParameters,
  type Connector,
  type ConnectorsError,
  defineAction,
  defineConnector,
  forceNew,
  itemsAt,
  memberAt,
  pageOf,
  path,
  type SendRequest,
  tokenField,
  z,
} from '../../../src/kit/index.js'

/** A connector with one action, which gathers the books of a shelf page by page in the background. */
export const libraryConnector = (baseUrl = 'https://library.example', needsAccount = true): Connector =>
  defineConnector({
    name: 'library',
    title: 'Library',
    description: 'Books on shelves.',
    port: 'http',
    baseUrl,
    auth: needsAccount ? { custom: { fields: { token: tokenField('A card') }, help: 'Ask at the desk.' } } : {},
    account: async (library) => ({ identifier: String(memberAt(await library.get(path`/card`), 'name')) }),
    actions: [
      defineAction({
        name: 'list_books',
        description: 'Lists the books of a shelf.',
        effect: 'read',
        input: {
          shelf: z.string(),
          page: z.number().int().default(1),
          per_page: z.number().int().default(2),
          ...forceNew,
          ...backgroundParameters,
        },
        run: {
          gatheredBy: ['shelf'],
          keptFor: 900,
          gather: async (library, { shelf }, { report }) => {
            const json = await library.patient().get(path`/shelves/${shelf}`)
            const books = itemsAt(json, 'books')
            report(books.length, Number(memberAt(json, 'total') ?? books.length))
            await library.get(path`/shelves/${shelf}/closing`)
            return books
          },
          answer: (books, { page, per_page }) => pageOf({ items: books, truncated: false }, page, per_page),
          pending: ({ shelf }) => ({ shelf }),
        },
      }),
    ],
  })

type Told = { status?: number; headers?: Record<string, string>; json?: unknown }

/** The library's API in this process. A request for a shelf waits at its gate, if a test closes one. */
export class LibraryServer {
  readonly requests: string[] = []
  readonly posted: SendRequest[] = []
  /** What a shelf answers; may wait, or throw. */
  onShelf: (shelf: string) => Told | Promise<Told> = () => ({ json: { books: ['a', 'b', 'c'], total: 3 } })
  /** What is answered to a webhook. */
  onPost: (request: SendRequest) => Told | Promise<Told> = () => ({})
  onClosing: () => void | Promise<void> = () => {}

  readonly send = async (request: SendRequest) => {
    request.signal?.throwIfAborted()
    const { status = 200, headers = {}, json = {} } = await this.#answer(request)
    request.signal?.throwIfAborted()
    const body = new TextEncoder().encode(JSON.stringify(json))
    return { status, headers: new Headers({ 'content-type': 'application/json', ...headers }), body }
  }

  count = (pathname: string): number => this.requests.filter((one) => one === pathname).length

  async #answer(request: SendRequest): Promise<Told> {
    if (request.method === 'POST') {
      this.posted.push(request)
      return this.onPost(request)
    }
    const { pathname } = request.url
    this.requests.push(pathname)
    if (pathname === '/card') return { json: { name: 'ann' } }
    if (!pathname.endsWith('/closing')) return this.onShelf(pathname.slice('/shelves/'.length))
    await this.onClosing()
    return {}
  }
}

/** Something that waits until a test opens it. */
export function gate(): { passed: Promise<void>; open: () => void } {
  let open = (): void => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

/** The code of what was thrown, or undefined. */
export const codeOf = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error as ConnectorsError).code,
  )
