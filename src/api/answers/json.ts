import { Fields } from '../../wire/fields.js'
import { TextAnswer } from '../../wire/text-messages.js'

/** An answer of JSON. */
export const jsonAnswer = (body: unknown, status = 200): Response => jsonTextAnswer(JSON.stringify(body), status)

/** The same for JSON whose text is there already. */
export const jsonTextAnswer = (json: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new TextAnswer(json, {
    status,
    headers: new Fields({ 'content-type': 'application/json', ...headers }),
  }).asResponse()
