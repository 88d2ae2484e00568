import type { Context, Hono } from 'hono'
import type { z } from 'zod'
import { ConnectorsError, isForOperator } from '../../base/errors.js'
import type { FormSender, LinkPages, LinkResult } from '../../service/index.js'
import { connectPath, ERRORS } from '../../wire/index.js'
import {
  accessForm,
  buttonForm,
  configurationForm,
  parseRequest,
  serviceProofQuery,
  signInForm,
} from '../../wire/requests/index.js'
import { jsonAnswer } from '../answers/json.js'
import { withOutcome } from '../answers/links.js'
import { ANONYMOUS_BODY, readQuery } from '../bodies/body.js'
import { readForm } from '../bodies/form.js'
import { readVisit, setBrowserCookie, setSessionCookie, type Visit } from '../browser-cookies.js'
import type { ApiDeps, ApiEnv } from '../context.js'
import { unexpectedMessage } from '../errors.js'
import { connectPage } from '../pages/connect.js'
import { faultsOf } from '../pages/failure.js'
import { fieldName } from '../pages/fields.js'
import { finishedPage, plainPage, unknownPage } from '../pages/finished.js'
import type { Site } from '../pages/layout.js'
import type { FormFailure } from '../pages/link-facts.js'
import { redirectPage } from '../pages/redirect-page.js'
import { STYLE } from '../pages/style.js'

type Ctx = Context<ApiEnv>
type Form = Readonly<Record<string, string>>

/** What every form of the page sends back. */
type AnyForm = z.ZodType<{ form_token: string }>

/** Handles one form of the page. @returns where to send the browser: one of our paths, or the URL of another site */
type Deed<Sent> = (act: { c: Ctx; sender: FormSender; visit: Visit; sent: Sent }) => Promise<string | URL>

/** Registers a form of the page: its name, its schema, and what it does. */
type TakeForm = <Schema extends AnyForm>(name: string, schema: Schema, deed: Deed<z.output<Schema>>) => void

const REFUSED = 'That did not work'

/** The page on which a person finishes a link, for browsers: HTML and forms, no script. */
export function connectRoutes(app: Hono<ApiEnv>, deps: ApiDeps): void {
  const { service, log } = deps
  const { linkPages } = service

  servedAlone(app, deps)

  const show = async (c: Ctx, linkId: string, visit: Visit, trouble?: FormFailure): Promise<Response> => {
    const link = await linkPages.view(linkId, visit.visitor)
    if (!link) return unknownPage(visit)
    if (link.phase !== 'pending') return finishedPage(link, visit)
    setBrowserCookie(c, visit)
    const shown = connectPage(link, visit, trouble)
    return c.newResponse(shown.body, shown)
  }

  app.get('/connect/:link', (c) => asPage(c, deps, async (visit) => show(c, c.req.param('link'), visit)))

  const form: TakeForm = (name, schema, deed) => {
    // The address of a browser after a form was refused; a reload shows the page again.
    app.get(`/connect/:link/${name}`, (c) =>
      asPage(c, deps, async ({ base }) => c.redirect(base + connectPath(c.req.param('link') ?? ''), 303)),
    )
    app.post(`/connect/:link/${name}`, (c) =>
      asPage(c, deps, async (visit) => {
        const linkId = c.req.param('link') ?? ''
        // A link that does not exist or has ended is reported before anything is read.
        const link = await linkPages.view(linkId, visit.visitor)
        if (link?.phase !== 'pending') return show(c, linkId, visit)
        const fields = (await readForm(c, new Set(), ANONYMOUS_BODY)).map(([key, value]) => [key, String(value)])
        const filled: Form = Object.fromEntries(fields)
        try {
          const sent = parseRequest(schema, filled)
          const sender = { linkId, visitor: visit.visitor, formToken: sent.form_token }
          return goOn(c, visit, await deed({ c, sender, visit, sent }))
        } catch (error) {
          if (!(error instanceof ConnectorsError) || isForOperator(error)) throw error
          log.info({ err: error, request_id: c.env.requestId }, 'the page of a link refused a form')
          return show(c, linkId, visit, troubleOf(error, name === 'configuration' ? filled : undefined))
        }
      }),
    )
  }

  linkForms(form, linkPages)
}

/** What a person can do on the page, each with its own form. */
function linkForms(form: TakeForm, linkPages: LinkPages): void {
  const confirm = async (visit: Visit, sender: FormSender) =>
    afterwards(visit, sender.linkId, await linkPages.confirm(sender))

  form('sign-in', signInForm, async ({ c, sender, visit, sent }) => {
    const { session, unconfirmed } = await linkPages.signIn(sender, sent.secret)
    setSessionCookie(c, visit, session)
    // With the session that was just created.
    return unconfirmed ? confirm(visit, { ...sender, visitor: visit.visitor }) : back(visit, sender.linkId)
  })

  form('confirm', buttonForm, ({ sender, visit }) => confirm(visit, sender))

  form('authorize', buttonForm, async ({ sender }) => new URL(await linkPages.authorize(sender)))

  form('configuration', configurationForm, async ({ sender, visit, sent }) =>
    afterwards(visit, sender.linkId, await linkPages.configure(sender, fieldsOf(sent))),
  )

  form('access', accessForm, async ({ sender, visit, sent: { draft, access, name } }) => {
    const readOnly = access === 'as_it_is' ? undefined : access === 'read_only'
    const decision = { draftId: draft, readOnly, name: name?.trim() }
    return afterwards(visit, sender.linkId, await linkPages.decide(sender, decision))
  })

  form('correct', buttonForm, async ({ sender, visit }) => {
    await linkPages.correct(sender)
    return back(visit, sender.linkId)
  })

  form('cancel', buttonForm, async ({ sender, visit }) => {
    await linkPages.cancel(sender)
    return back(visit, sender.linkId)
  })
}

const back = (visit: Visit, linkId: string): string => visit.base + connectPath(linkId)

/** Our page, which shows the state of the link, unless the link has ended and has a callback URL. */
const afterwards = (visit: Visit, linkId: string, end: LinkResult | undefined): string | URL =>
  end?.callbackUrl === undefined ? back(visit, linkId) : withOutcome(end.callbackUrl, end.outcome)

/** A redirect to one of our paths, or the page that leads to another site; with the headers and cookies of the context. */
function goOn(c: Ctx, visit: Visit, next: string | URL): Response {
  if (typeof next === 'string') return c.redirect(next, 303)
  const shown = redirectPage(visit, next)
  return c.newResponse(shown.body, shown)
}

/** The stylesheet, and the proof for other processes. */
function servedAlone(app: Hono<ApiEnv>, { service }: ApiDeps): void {
  app.get('/connect/style.css', () => {
    const headers = { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' }
    return new Response(STYLE, { headers: { ...headers, 'x-content-type-options': 'nosniff' } })
  })

  /**
   * Proves to a process that the port is held by another process on the same store. What counts is where this process
   * listens, not what the request says: a man in the middle can write any `Host`.
   */
  app.get('/connect/service.json', (c) => {
    const { challenge } = readQuery(c, serviceProofQuery)
    const address = c.env?.listensAt
    const proof = challenge !== undefined && address !== undefined ? service.proof.of(challenge, address) : null
    return jsonAnswer({ data: { service: 'connectors-mcp', proof }, meta: null })
  })
}

/** The connector's own fields of a form. */
function fieldsOf(form: Form): ReadonlyMap<string, string> {
  const prefix = fieldName('')
  return new Map(
    Object.entries(form).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  )
}

function troubleOf(error: ConnectorsError, form: Form | undefined): FormFailure {
  const { upstream } = error.details ?? {}
  const refused = form && { values: fieldsOf(form), faults: faultsOf(error) }
  return { status: statusOf(error), message: error.message, upstream, ...(refused ? { refused } : {}) }
}

/** Proxies replace a 5xx with their own pages, so a third party's failure is not sent as one. */
function statusOf({ code }: ConnectorsError): number {
  const { status } = ERRORS[code]
  return status >= 500 ? 422 : status
}

/** A browser gets a page for every error. */
async function asPage(c: Ctx, { service, log }: ApiDeps, run: (visit: Visit) => Promise<Response>): Promise<Response> {
  let site: Site = { base: '' }
  try {
    const visit = await readVisit(c, service.linkPages)
    site = visit
    return await run(visit)
  } catch (error) {
    if (error instanceof ConnectorsError && !isForOperator(error))
      return plainPage(site, REFUSED, error.message, statusOf(error))
    log.error({ err: error, request_id: c.env.requestId }, 'the page of a link failed unexpectedly')
    return plainPage(site, 'Something went wrong', unexpectedMessage(c.env.requestId), 500)
  }
}
