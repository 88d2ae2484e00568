import { Hono } from 'hono'
import { ConnectorsError } from '../base/errors.js'
import { uuid } from '../base/random.js'
import { HEADER, REQUEST_ID } from '../wire/index.js'
import { BodyMemory, RequestMemory } from './bodies/body-memory.js'
import type { ApiDeps, ApiEnv } from './context.js'
import { answerError } from './errors.js'
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
export type Api = Hono<ApiEnv>

/**
 * The wire API: Request in, Response out, no port. Every answer names its request and the error contract applied.
 * @see the HTTP contract
 */
export function createApi(deps: ApiDeps): Api {
  const app: Api = new Hono<ApiEnv>({ strict: true, getPath })
  const bodyRoom = new BodyMemory()

  app.use(async (c, next) => {
    const sent = c.req.header(HEADER.requestId)
    c.set('requestId', sent && REQUEST_ID.test(sent) ? sent : uuid())
    c.set('contract', c.req.header(HEADER.errorContract) === '2' ? 2 : 1)
    const room = new RequestMemory(bodyRoom)
    c.set('room', room)
    try {
      await next()
    } finally {
      room.release()
    }
    c.res.headers.set(HEADER.requestId, c.get('requestId'))
    c.res.headers.set(HEADER.errorContract, String(c.get('contract')))
  })

  for (const routes of [
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
  ]) {
    routes(app, deps)
  }
  refuseOtherMethods(app)
  app.notFound((c) => answerError(new ConnectorsError('NOT_FOUND', 'No route has this path; check it.'), c, deps.log))
  app.onError((error, c) => answerError(error, c, deps.log))
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

/** A route that exists under another method is a 405, not a 404. */
function refuseOtherMethods(app: Api): void {
  const paths = new Set(app.routes.filter(({ method }) => method !== 'ALL').map(({ path }) => path))
  for (const path of paths) {
    app.all(path, (c) => {
      throw new ConnectorsError('METHOD_NOT_ALLOWED', `This route does not accept ${c.req.method}.`)
    })
  }
}
