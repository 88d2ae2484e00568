import type { Hono } from 'hono'
import { ROUTE } from '../../wire/index.js'
import type { OpenApiDocument } from '../../wire/openapi/document.js'
import { jsonAnswer } from '../answers/json.js'
import type { ApiDeps, ApiEnv } from '../context.js'
import { ownAddress } from '../own-address.js'

/**
 * This API as an OpenAPI document. Public. Its code is loaded, and the document built, on the first request: most
 * processes serve one agent, which never asks.
 */
export function openApiRoute(app: Hono<ApiEnv>, deps: ApiDeps): void {
  let document: OpenApiDocument | undefined

  app.get(ROUTE.openApi, async (c) => {
    const { openApiDocument } = await import('../../wire/openapi/document.js')
    document ??= openApiDocument(deps.version ?? 'unknown')
    return jsonAnswer({ ...document, servers: [{ url: await ownAddress(c, deps) }] })
  })
}
