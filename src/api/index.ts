import { Hono } from 'hono'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import { ConnectorsError } from '../base/errors.js'
import { uuid } from '../base/random.js'
import { HEADER, REQUEST_ID } from '../wire/index.js'
import { BodyMemory, RequestMemory } from './bodies/body-memory.js'
import type { ApiDeps, ApiEnv, RequestFacts, RequestOrigin } from './context.js'
import { answerError } from './errors.js'
import { RememberingRouter } from './remembering-router.js'
import { callbackRoute } from './routes/callback.js'
import { catalogueRoutes, searchRoute } from './routes/catalogue.js'
import { connectRoutes } from './routes/connect.js'
import { connectorRoutes } from './routes/connectors.js'
import { executionRoute } from './routes/execution.js'
import { fileRoutes, resultRoutes } from './routes/files.js'
import { healthRoute } from './routes/health.js'
import { integrationRoutes } from './routes/integrations.js'
import { linkRoutes } from './routes/links.js'
import { openApiRoute } from './routes/open-api.js'
import { skillRoutes } from './routes/skills.js'
import { tenantRoutes } from './routes/tenants.js'
import { userRoutes } from './routes/users.js'

export type { ListenerAddress } from './context.js'

/** In the order in which they are looked at. */
const ROUTES = [
  tenantRoutes,
  userRoutes,
  healthRoute,
  openApiRoute,
  connectorRoutes,
  catalogueRoutes,
  searchRoute,
  skillRoutes,
  callbackRoute,
  connectRoutes,
  linkRoutes,
  integrationRoutes,
  executionRoute,
  fileRoutes,
  resultRoutes,
]

/** The wire API, without a port. */
export interface Api {
  /** @param origin where the request came from; by default over a socket */
  fetch(request: Request, origin?: RequestOrigin): Promise<Response>
  /** Method and path of each route, with its parameters as `:name`. */
  readonly routes: readonly { method: string; path: string }[]
}

/**
 * The wire API: Request in, Response out, no port. Every answer names its request and the error contract applied.
 * @see the HTTP contract
 */
export function createApi(deps: ApiDeps): Api {
  const app = routesOf(deps)
  const bodyRoom = new BodyMemory()
  return {
    routes: app.routes,
    async fetch(request, origin = {}) {
      const room = new RequestMemory(bodyRoom)
      const facts = factsOf(request, room)
      try {
        const answer = await app.fetch(request, { ...origin, ...facts })
        answer.headers.set(HEADER.requestId, facts.requestId)
        answer.headers.set(HEADER.errorContract, String(facts.contract))
        return answer
      } finally {
        room.release()
      }
    },
  }
}

function factsOf({ headers }: Request, room: RequestMemory): RequestFacts {
  const sent = headers.get(HEADER.requestId)
  return {
    requestId: sent && REQUEST_ID.test(sent) ? sent : uuid(),
    contract: headers.get(HEADER.errorContract) === '2' ? 2 : 1,
    room,
  }
}

function routesOf(deps: ApiDeps): Hono<ApiEnv> {
  const router = new SmartRouter<never>({ routers: [new RegExpRouter(), new TrieRouter()] })
  const app = new Hono<ApiEnv>({ strict: true, getPath, router: new RememberingRouter(router) })
  for (const addRoutes of ROUTES) addRoutes(app, deps)
  const others = otherMethods(app)
  app.notFound((c) => others.fetch(c.req.raw, c.env))
  app.onError((error, c) => answerError(error, c, deps.log))
  others.notFound((c) =>
    answerError(new ConnectorsError('NOT_FOUND', 'No route has this path; check it.'), c, deps.log),
  )
  others.onError((error, c) => answerError(error, c, deps.log))
  return app
}

/**
 * The path as sent, undecoded, since the name of an account decodes itself. A leading `//` counts as `/`, and so does a
 * trailing one.
 */
function getPath(request: Request): string {
  const start = request.url.indexOf('/', request.url.indexOf('//') + 2)
  const end = request.url.slice(start).search(/[?#]/)
  const path = (end === -1 ? request.url.slice(start) : request.url.slice(start, start + end)).replace(/^\/\/+/, '/')
  return path.length > 1 && !/\/integrations\/./.test(path) ? path.replace(/\/$/, '') : path
}

/** The routes under any method but their own: that is a 405, not a 404. */
function otherMethods(app: Hono<ApiEnv>): Hono<ApiEnv> {
  const others = new Hono<ApiEnv>({ strict: true, getPath })
  for (const path of new Set(app.routes.map((route) => route.path))) {
    others.all(path, (c) => {
      throw new ConnectorsError('METHOD_NOT_ALLOWED', `This route does not accept ${c.req.method}.`)
    })
  }
  return others
}
