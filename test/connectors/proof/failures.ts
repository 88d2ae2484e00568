import type { Connector } from '../../../src/kit/connector.js'
import type { ProofData } from './data.js'
import { CANARIES, type Chosen, choose, type FailingService, newFailingService } from './failing-service.js'
import {
  type Failure,
  HTTP_TABLE,
  ofVendor,
  REDIRECT_OF_READ,
  REDIRECT_OF_WRITE,
  VENDORS_WORDS,
} from './failure-table.js'

/**
 * Plays every row of the table of failures with a read and a write of a connector, through the API.
 * @returns what is wrong, a line each
 */
export async function failureFaults(connector: Connector, data: ProofData): Promise<string[]> {
  const service = await newFailingService(connector, data)
  const own = (data.refusals ?? []).map(ofVendor)
  const table = [...HTTP_TABLE.filter(({ title }) => !own.some((row) => row.title === title)), ...own]
  const faults: string[] = []
  for (const kind of ['read', 'write'] as const) {
    const chosen = await choose(connector, data, kind)
    if (!('action' in chosen)) {
      if (chosen.length > 0) faults.push(`no ${kind} sends one request and gets JSON: ${chosen.join('; ')}`)
      continue
    }
    const redirect = kind === 'read' ? REDIRECT_OF_READ : REDIRECT_OF_WRITE
    for (const failure of [...table, redirect]) faults.push(...(await rowFaults(service, chosen, failure)))
    faults.push(...(await credentialFaults(service, connector, chosen)))
  }
  return faults
}

async function rowFaults(service: FailingService, { action, input }: Chosen, failure: Failure): Promise<string[]> {
  const { vendor, elsewhere } = service
  vendor.reply = (asked, response) => failure.reply(response, asked, elsewhere.origin)
  elsewhere.reply = (_asked, response) => void response.writeHead(401).end(VENDORS_WORDS)
  const { limit } = failure
  const answer = await service.call(action, input, { credential: 'token', ...(limit === undefined ? {} : { limit }) })
  const { error } = answer.json
  const isRetryable = failure.retryable === 'reads' ? action.effect === 'read' : failure.retryable
  const code = vendor.requests[0]?.method === 'GET' ? failure.code : (failure.codeOfPost ?? failure.code)
  const places = JSON.stringify(elsewhere.requests.map(({ headers }) => headers))
  const found: [boolean, string][] = [
    [error?.code === code, `the code is ${error?.code ?? 'none'}, not ${code}`],
    [error?.recovery.retryable === isRetryable, `retryable is ${error?.recovery.retryable}, not ${isRetryable}`],
    [
      failure.retryAfter === undefined || error?.recovery.retry_after_seconds === failure.retryAfter,
      `the wait is ${error?.recovery.retry_after_seconds}, not ${failure.retryAfter} seconds`,
    ],
    [
      failure.reason === undefined || error?.details?.reason === failure.reason,
      `the reason is ${error?.details?.reason}`,
    ],
    [vendor.requests.length === (failure.requests ?? 1), `${vendor.requests.length} requests left`],
    [action.effect === 'read' || elsewhere.requests.length === 0, 'a write went to another host'],
    [!CANARIES.some((canary) => places.includes(canary)), 'another host got the credential'],
    ...sentenceFaults(answer.json.message, answer.text, service),
  ]
  return found.filter(([isFine]) => !isFine).map(([, fault]) => `${action.name}, ${failure.title}: ${fault}`)
}

const sentenceFaults = (message: unknown, text: string, { title, log }: FailingService): [boolean, string][] => [
  [!String(message).includes(VENDORS_WORDS), 'the sentence has words of the vendor'],
  [isSentence(String(message), title), `the sentence is none: ${message}`],
  [!CANARIES.some((canary) => text.includes(canary)), 'the answer has the credential'],
  [!CANARIES.some((canary) => log.join('').includes(canary)), 'the log has the credential'],
]

/** @param title a name that a sentence may begin with, whatever its first letter */
const isSentence = (text: string, title: string): boolean =>
  /^.{20,}[.?!]$/s.test(text) && (/^[A-Z]/.test(text) || text.startsWith(`${title} `))

/** What becomes of a credential that is refused, with and without another one. */
async function credentialFaults(service: FailingService, connector: Connector, chosen: Chosen): Promise<string[]> {
  const { action, input } = chosen
  const { oauth2, custom } = connector.auth
  const faults: string[] = []
  const check = (title: string, seen: unknown, wanted: unknown): void => {
    const isSame = JSON.stringify(seen) === JSON.stringify(wanted)
    if (!isSame) faults.push(`${action.name}, ${title}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`)
  }
  const { vendor } = service
  // A vendor that quotes what it refuses.
  vendor.reply = ({ headers }, response) =>
    void response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ message: headers }))
  const refused = await service.call(action, input, { credential: 'token' })
  const code = oauth2 || custom ? 'RECONNECT_REQUIRED' : 'UPSTREAM_REFUSED'
  check('a refused credential', [refused.json.error?.code, vendor.requests.length], [code, 1])
  const odd = sentenceFaults(refused.json.message, refused.text, service).filter(([isFine]) => !isFine)
  faults.push(...odd.map(([, fault]) => `${action.name}, a refused credential: ${fault}`))
  if (!oauth2) return faults
  const twice = await service.call(action, input, { credential: 'grant' })
  const counts = () => [vendor.requests.length, service.refreshes]
  check('a refreshed one that is refused, too', [twice.json.error?.code, ...counts()], ['RECONNECT_REQUIRED', 2, 1])
  vendor.reply = ({ headers }, response) => {
    const isNew = JSON.stringify(headers).includes('canary-of-a-new-token')
    response.writeHead(isNew ? 500 : 401, { 'content-type': 'application/json' }).end('{}')
  }
  const again = await service.call(action, input, { credential: 'grant' })
  check('a refreshed one that is taken', [again.json.error?.code, ...counts()], ['UPSTREAM_ERROR', 2, 1])
  return faults
}
