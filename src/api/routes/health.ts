import type { Hono } from 'hono'
import { ROUTE } from '../../wire/index.js'
import { jsonAnswer } from '../answers/json.js'
import type { ApiEnv } from '../context.js'

/** Whether the service answers. Public. */
export function healthRoute(app: Hono<ApiEnv>): void {
  app.get(ROUTE.health, () => jsonAnswer({ data: { status: 'ok' }, meta: null }))
}
