import type { Hono } from 'hono'
import type { Service } from '../../service/index.js'
import { type BegunLink, connectPath } from '../../wire/index.js'
import { beginLinkBody, linkStateQuery } from '../../wire/requests/index.js'
import { jsonAnswer } from '../answers/json.js'
import { linkStateOf } from '../answers/links.js'
import { getCaller } from '../authenticate.js'
import { bodyOf, readBody, readQuery } from '../bodies/body.js'
import type { ApiDeps, ApiEnv } from '../context.js'
import { withOriginsAdvice } from '../origins-advice.js'

type OnPage = Awaited<ReturnType<Service['linking']['begin']>>
type ByDevice = Awaited<ReturnType<Service['linking']['beginDevice']>>

/** Links that a person finishes on our page, or elsewhere by a code: begin, wait, cancel. */
export function linkRoutes(app: Hono<ApiEnv>, { service }: ApiDeps): void {
  const { linking } = service

  app.post('/connectors/:connector/links', async (c) => {
    const caller = await getCaller(c, service)
    const connector = c.req.param('connector')
    service.catalogue.requireKnown(connector)
    const body = await readBody(c, bodyOf(caller.userId), beginLinkBody)
    const { callback_url: callbackUrl, replace_duplicate: replaceDuplicate = 'same' as const, prefill } = body
    const request = { callbackUrl, replaceDuplicate, prefill }
    const begun = body.device
      ? deviceLink(connector, await linking.beginDevice(caller, connector, request))
      : pageLink(connector, await withOriginsAdvice(linking.begin(caller, connector, request)))
    return jsonAnswer({ data: begun, meta: null })
  })

  app.get('/links/:link', async (c) => {
    const caller = await getCaller(c, service)
    const wait = { waitMs: readQuery(c, linkStateQuery).wait * 1000, signal: c.req.raw.signal }
    return jsonAnswer({ data: linkStateOf(await linking.status(caller, c.req.param('link'), wait)), meta: null })
  })

  app.delete('/links/:link', async (c) => {
    await linking.cancel(await getCaller(c, service), c.req.param('link'))
    return jsonAnswer({ data: { success: true }, meta: null })
  })
}

const begunLink = (connector: string, url: string, { linkId, code, expiresAt }: OnPage | ByDevice): BegunLink => ({
  link_id: linkId,
  url,
  code,
  expires_at: new Date(expiresAt).toISOString(),
  status: 'pending',
  connector,
})

const pageLink = (connector: string, begun: OnPage): BegunLink => ({
  ...begunLink(connector, begun.publicUrl + connectPath(begun.linkId), begun),
  ...(begun.deviceAvailable ? { device_available: true } : {}),
})

const deviceLink = (connector: string, begun: ByDevice): BegunLink => ({
  ...begunLink(connector, begun.url, begun),
  ...(begun.urlComplete === undefined ? {} : { url_complete: begun.urlComplete }),
  device: true,
})
