import type { Context, Hono } from 'hono'
import { invalidParameters } from '../../base/errors.js'
import { ConnectorFile } from '../../kit/index.js'
import type { Caller } from '../../service/index.js'
import { type KeptFile, type KeptResult, ROUTE } from '../../wire/index.js'
import { keepResultBody } from '../../wire/requests/index.js'
import { mediaTypeIn, onlyFileAnswer, sentName } from '../answers/files.js'
import { jsonAnswer } from '../answers/json.js'
import { getCaller } from '../authenticate.js'
import { type BodySource, bodyOf, mediaType, readJsonBytes } from '../bodies/body.js'
import { readForm } from '../bodies/form.js'
import { ACTION_BODY, RESULT_BODY } from '../bodies/limits.js'
import type { ApiDeps, ApiEnv } from '../context.js'

/** The name of the part that is the file. */
const PART = 'file'

/** Files and results that are kept for a user, under a handle. */
export function fileRoutes(app: Hono<ApiEnv>, { service }: ApiDeps): void {
  const { keeping } = service

  app.post(ROUTE.files, async (c) => {
    const caller = await getCaller(c, service)
    const { bytes, filename, contentType } = await readFile(c, bodyOf(caller.userId, ACTION_BODY))
    // As it will be sent, so that what is said of it now is what comes back.
    const file = new ConnectorFile(bytes, filename === null ? null : sentName(filename), mediaTypeIn(contentType))
    const { handle, size, expiresAt } = await keeping.keepFile(caller, file)
    const data: KeptFile = {
      handle,
      filename: file.filename,
      content_type: file.contentType,
      size,
      expires_at: new Date(expiresAt).toISOString(),
    }
    return jsonAnswer({ data, meta: null })
  })

  app.get('/files/:handle', async (c) => {
    const caller = await getCaller(c, service)
    return onlyFileAnswer(await keeping.file(caller, c.req.param('handle'), memoryOf(c, caller)))
  })

  app.delete('/files/:handle', async (c) => {
    await keeping.remove(await getCaller(c, service), 'file', c.req.param('handle'))
    return jsonAnswer({ data: { success: true }, meta: null })
  })
}

/** The same for results of actions. */
export function resultRoutes(app: Hono<ApiEnv>, { service }: ApiDeps): void {
  const { keeping } = service

  app.post(ROUTE.results, async (c) => {
    const caller = await getCaller(c, service)
    const json = await readJsonBytes(c, bodyOf(caller.userId, RESULT_BODY), keepResultBody)
    const { handle, size, expiresAt } = await keeping.keepResult(caller, json)
    const data: KeptResult = { handle, size, expires_at: new Date(expiresAt).toISOString() }
    return jsonAnswer({ data, meta: null })
  })

  app.get('/results/:handle', async (c) => {
    const caller = await getCaller(c, service)
    const json = await keeping.result(caller, c.req.param('handle'), memoryOf(c, caller))
    return new Response(Buffer.from(json), { headers: { 'content-type': 'application/json' } })
  })

  app.delete('/results/:handle', async (c) => {
    await keeping.remove(await getCaller(c, service), 'result', c.req.param('handle'))
    return jsonAnswer({ data: { success: true }, meta: null })
  })
}

/** What is read counts against the memory for bodies, since a small request may have a large answer. */
const memoryOf =
  (c: Context<ApiEnv>, { userId }: Caller) =>
  (bytes: number): void =>
    c.env.room.growTo(userId, bytes)

/** @throws INVALID_PARAMETERS for anything but a form with the file as its one part, and as `readForm` */
async function readFile(c: Context<ApiEnv>, source: BodySource): Promise<ConnectorFile> {
  if (mediaType(c) !== 'multipart/form-data') throw notAFile()
  const [field, ...others] = await readForm(c, new Set([PART]), source)
  const [name, value] = field ?? []
  if (name !== PART || others.length > 0 || !(value instanceof ConnectorFile)) throw notAFile()
  return value
}

const notAFile = () =>
  invalidParameters('Send the file as multipart/form-data, in one part with the name "file".', [
    { field: PART, message: 'is not the one part of a form' },
  ])
