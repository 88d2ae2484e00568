import { describe, expect, test, vi } from 'vitest'
import { ApiError } from '../../../src/client/index.js'
import { FakeConnectorsClient } from '../fake-connectors-client.js'
import { CLIENT_KINDS, connect, type Elicit, textOf } from '../harness.js'
import { SEED_ALICE } from '../seeds.js'

const URL = 'https://github.example/device'
const CODE = 'WDJB-MJH1'
const COMPLETE = `${URL}?code=${CODE}`
const PENDING = { status: 'pending', connector: 'github', url: URL, link_id: 'page-1', code: CODE }
const FACTS = { status: 'linked', user_identifier: 'octocat', selected: true, replaced: false } as const

const answers = (action: 'accept' | 'decline' | 'cancel') => vi.fn<Elicit>(async () => ({ action }))

describe.each(CLIENT_KINDS)('linking by a code on another device, %s', (kind) => {
  async function setup(elicit?: Elicit) {
    const service = new FakeConnectorsClient()
    const mcpClient = await connect(kind, service, { seed: SEED_ALICE, ...(elicit ? { elicit } : {}) })
    const link = (args: Record<string, unknown> = { device: true }) =>
      mcpClient.call('link_integration', { connector: 'github', ...args })
    return { service, mcpClient, link }
  }

  test('the text says where to type in which code, and what to call then', async () => {
    const { service, link } = await setup()
    const result = await link()
    expect(result.isError ?? false).toBe(false)
    expect(result.structuredContent).toEqual(PENDING)
    const text = textOf(result)
    expect(text).toContain(
      `Show the person the link ${URL} and the code ${CODE}. The person opens the link in a browser on any device and types in the code, or opens ${COMPLETE}, where it is filled in, and compares it. Then call check_link with link_id page-1.`,
    )
    expect(text).not.toContain('only if')
    expect([...service.pages.values()].map((page) => page.link)).toEqual([{ replaceDuplicate: true, device: true }])
  })

  test('a third party that fills nothing in has one page', async () => {
    const { service, link } = await setup()
    service.fillsIn = false
    const text = textOf(await link())
    expect(text).toContain('on any device and types in the code. Then call check_link with link_id page-1.')
  })

  test.each([
    [true, COMPLETE, `Type in the code ${CODE}, or compare it where it is filled in.`],
    [false, URL, `Type in the code ${CODE}.`],
  ])('a client that opens pages is asked, with the code (filled in: %s)', async (fillsIn, url, said) => {
    const elicit = answers('accept')
    const { service, link } = await setup(elicit)
    service.fillsIn = fillsIn
    service.whileWaiting = (linkId) => service.finish(linkId, FACTS)
    const result = await link()
    expect(elicit).toHaveBeenCalledOnce()
    expect(elicit.mock.calls[0]?.[0]).toMatchObject({
      mode: 'url',
      url,
      message: `Open this page on any device to link an account at github. ${said}`,
    })
    expect(result.structuredContent).toMatchObject({ status: 'linked', user_identifier: 'octocat' })
  })

  test('the person who does not finish in time gets page and code again', async () => {
    const { link } = await setup(answers('accept'))
    const result = await link()
    expect(result.structuredContent).toEqual(PENDING)
    expect(textOf(result)).toMatch(/has not finished there yet.*types in the code/)
  })

  test('the person who does not want it cancels the link', async () => {
    const { service, link } = await setup(answers('decline'))
    expect((await link()).structuredContent).toEqual({ status: 'cancelled', connector: 'github', link_id: 'page-1' })
    expect(service.pages.size).toBe(0)
  })

  test('a second call picks the link up; one for the page begins another', async () => {
    const { service, link } = await setup()
    await link()
    expect((await link()).structuredContent).toEqual(PENDING)
    expect(service.pages.size).toBe(1)
    expect((await link({})).structuredContent).toMatchObject({ link_id: 'page-2', code: 'K7QD-42M2' })
    expect((await link({ device: false })).structuredContent).toMatchObject({ link_id: 'page-2' })
    expect((await link()).structuredContent).toEqual(PENDING)
    service.finish('page-1', FACTS)
    const second = await link()
    expect(second.structuredContent).toMatchObject({ status: 'linked', link_id: 'page-1' })
  })

  test('what the service refuses reaches the agent', async () => {
    const { service, link } = await setup()
    service.codes = 'refused'
    const result = await link()
    expect(result.structuredContent).toMatchObject({ error: { code: 'INVALID_PARAMETERS' } })
    expect(textOf(result)).toContain('Begin the link without device.')
  })

  test('a service that is older than such codes is not taken for one that gave one', async () => {
    const { service, link } = await setup()
    service.codes = 'unknown'
    const result = await link()
    expect(result.structuredContent).toMatchObject({ error: { code: 'INVALID_PARAMETERS' } })
    expect(textOf(result)).toContain('call link_integration without device')
    // The page it began is not left open.
    expect(service.calls.filter((call) => call === 'cancelLink')).toHaveLength(1)
    expect((await link({})).structuredContent).toMatchObject({
      status: 'pending',
      code: expect.stringMatching(/^K7QD/),
    })
  })

  test('a service without pages has no codes either', async () => {
    const { service, link } = await setup()
    service.hasPages = false
    const result = await link()
    expect(textOf(result)).toContain('call link_integration without device')
    expect(service.calls).not.toContain('startLink')
  })

  test.each(['javascript:alert(1)//', 'data:text/html,'])('%s is never shown to anybody', async (url) => {
    const elicit = answers('accept')
    const { service, link } = await setup(elicit)
    service.deviceUrl = url
    const result = await link()
    expect(result.structuredContent).toMatchObject({ error: { code: 'UPSTREAM_ERROR' } })
    expect(JSON.stringify(result)).not.toContain(url)
    expect(elicit).not.toHaveBeenCalled()
  })

  test('where a code would do, the page is offered with the hint, and nowhere else', async () => {
    const { service, link } = await setup()
    const hint = 'If the person has no browser on this machine, call link_integration with device true instead.'
    expect(textOf(await link({}))).not.toContain('device')
    service.finish('page-1', { status: 'failed' })
    service.offersCodes = true
    expect(textOf(await link({}))).toContain(hint)
    expect(textOf(await link({}))).toContain(hint)
    expect(textOf(await link())).not.toContain(hint)
  })

  test('the link that repairs an account has the hint, too, whoever began it', async () => {
    const { service, mcpClient } = await setup()
    service.offersCodes = true
    const fail = (details: Record<string, unknown>) => {
      service.answer = () => {
        throw new ApiError('RECONNECT_REQUIRED', 'The grant is gone.', { status: 403 }, { details })
      }
      return mcpClient.call('execute_connector', { connector: 'github', action: 'list_issues' })
    }
    const hint = 'call link_integration with device true instead'
    expect(textOf(await fail({}))).toContain(hint)
    const begun = { reconnect_url: 'http://127.0.0.1:4000/connect/x', link_id: 'x', link_code: 'K7QD-42MX' }
    expect(textOf(await fail(begun))).not.toContain(hint)
    expect(textOf(await fail({ ...begun, link_device_available: true }))).toContain(hint)
  })
})
