import { expect } from 'vitest'
import type { Send } from '../../src/kit/index.js'
import type { Answer, Harness } from '../api/harness.js'
import { Browser, type Page } from '../browser.js'
import { network } from '../oauth/network.js'

/** A request as it left, and what was answered. */
export interface Seen {
  url: URL
  /** The access token that it carried. */
  bearer: string | undefined
  form: Record<string, string>
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
  json: any
}

/** The real way out, which remembers everything. `instead` answers in place of the third party. */
export function watchedSend(): { send: Send; seen: Seen[]; instead: { current?: Send | undefined } } {
  const seen: Seen[] = []
  const instead: { current?: Send | undefined } = {}
  const { send: real } = network()
  const send: Send = async (request) => {
    const response = await (instead.current ?? real)(request)
    const text = new TextDecoder().decode(response.body)
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    seen.push({
      url: request.url,
      bearer: /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1],
      form: Object.fromEntries(new URLSearchParams(Buffer.from(request.body ?? '').toString())),
      status: response.status,
      json: isJson && text !== '' ? JSON.parse(text) : undefined,
    })
    return response
  }
  return { send, seen, instead }
}

/** Begins a link on the page, presses the button that leads to the third party, and returns its page. */
export async function goToThirdParty({ api, call }: Harness, token: string, connector: string) {
  const begun = await call('POST', `/connectors/${connector}/links`, { token, json: {} })
  const { url, link_id: linkId } = begun.json?.data ?? expect.fail(begun.text)
  const ours = new URL(url)
  const browser = new Browser({
    fetch: async (target, init) =>
      // The address of the service is one that only this test knows.
      target.origin === ours.origin ? api.fetch(new Request(target, init)) : fetch(target, init),
    follow: 'everything',
  })
  await browser.open(ours)
  return { browser, linkId: String(linkId), consent: await browser.submit('/authorize') }
}

/**
 * Links an account in a browser.
 * @param name the person to pick on the third party's page
 * @returns the last page, and the link as its agent sees it
 */
export async function linkInBrowser(
  harness: Harness,
  token: string,
  connector: string,
  name: string,
): Promise<{ page: Page; link: Answer }> {
  const { browser, linkId, consent } = await goToThirdParty(harness, token, connector)
  const person = consent.forms.find((form) => form.text.includes(name)) ?? expect.fail(consent.text)
  const page = await browser.submit(person)
  return { page, link: await harness.call('GET', `/links/${linkId}`, { token }) }
}
