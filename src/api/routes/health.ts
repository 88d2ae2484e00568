import type { Hono } from 'hono'
import { ROUTE } from '../../wire/index.js'
import type { ApiEnv } from '../context.js'

/** Whether the service answers. Public. */
export function healthRoute(app: Hono<ApiEnv>): void {
  app.get(ROUTE.health, (c) => c.json({ data: { status: 'ok' }, meta: null }))
}
