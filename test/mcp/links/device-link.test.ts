import { describe, expect, test, vi } from 'vitest'
import { json } from '../../client/scripted-service.js'
import { DEVICE_PAGE } from '../connectors-of-tests.js'
import { CLIENT_KINDS, connect, type Elicit, factsOf, textOf } from '../harness.js'
import { deviceCode, TestedService } from '../tested-service.js'

const CODE = deviceCode(1)
const COMPLETE = `${DEVICE_PAGE}?code=${CODE}`
const LINKS = '/connectors/mail/links'

const idOf = ({ begun }: TestedService, number = 0) => begun[number]?.link_id ?? expect.fail('no link was begun')
const pending = (service: TestedService) => ({
  status: 'pending',
  connector: 'mail',
  url: DEVICE_PAGE,
  link_id: idOf(service),
  code: CODE,
})

const answers = (action: 'accept' | 'decline' | 'cancel') => vi.fn<Elicit>(async () => ({ action }))

/** A service that does not know codes, and takes a wish for one for a wish for its page. */
function ignoreDevice(service: TestedService) {
  const page = { link_id: 'l', url: 'http://127.0.0.1:1/connect/l', code: 'K7QD-42MX', status: 'pending' }
  const data = { ...page, connector: 'mail', expires_at: '2099-01-01T00:00:00Z' }
  service.answerInstead('POST', LINKS, () => json({ data, meta: null }), 1)
}

describe.each(CLIENT_KINDS)('linking by a device code, %s', (kind) => {
  async function setup(elicit?: Elicit) {
    const service = await TestedService.start()
    const mcpClient = await connect(kind, service.client, { seed: service.seed, ...(elicit ? { elicit } : {}) })
    const link = (args: Record<string, unknown> = { device: true }) =>
      mcpClient.call('link_integration', { connector: 'mail', ...args })
    return { service, mcpClient, link }
  }

  test('shows where to enter which code, and what to call next', async () => {
    const { service, link } = await setup()
    const result = await link()
    expect(result.isError ?? false).toBe(false)
    expect(factsOf(result)).toEqual(pending(service))
    const text = textOf(result)
    expect(text).toContain(
      `Show the person the link ${DEVICE_PAGE} and the code ${CODE}. The person opens the link in a browser on any device and types in the code, or opens ${COMPLETE}, where it is filled in, and compares it. Then call check_link with link_id ${idOf(service)}.`,
    )
    expect(text).not.toContain('only if')
    expect(service.requests.find(({ path }) => path === LINKS)?.body).toEqual({ device: true })
  })

  test('shows one page for a third party without a prefilled page', async () => {
    const { service, link } = await setup()
    service.deviceFillsIn = false
    const text = textOf(await link())
    expect(text).toContain(`on any device and types in the code. Then call check_link with link_id ${idOf(service)}.`)
  })

  test.each([
    [true, COMPLETE, `Type in the code ${CODE}, or compare it where it is filled in.`],
    [false, DEVICE_PAGE, `Type in the code ${CODE}.`],
  ])('asks a client that opens pages, with the code (filled in: %s)', async (fillsIn, url, said) => {
    const elicit = answers('accept')
    const { service, link } = await setup(elicit)
    service.deviceFillsIn = fillsIn
    service.whileWaiting = (linkId) => service.finish(linkId, 'octocat')
    const result = await link()
    expect(elicit).toHaveBeenCalledOnce()
    expect(elicit.mock.calls[0]?.[0]).toMatchObject({
      mode: 'url',
      url,
      message: `Open this page on any device to link an account at mail. ${said}`,
    })
    expect(result.shown).toMatchObject({ status: 'linked', user_identifier: 'octocat' })
  })

  test('shows page and code again when the person does not finish in time', async () => {
    const { service, link } = await setup(answers('accept'))
    const result = await link()
    expect(factsOf(result)).toEqual(pending(service))
    expect(textOf(result)).toMatch(/has not finished there yet.*types in the code/)
  })

  test('cancels the link when the person declines', async () => {
    const { service, link } = await setup(answers('decline'))
    expect(factsOf(await link())).toEqual({ status: 'cancelled', connector: 'mail', link_id: idOf(service) })
    expect(service.count('DELETE', /^\/links\//)).toBe(1)
  })

  test('continues the link in a second call, and begins another for the page', async () => {
    const { service, link } = await setup()
    await link()
    expect(factsOf(await link())).toEqual(pending(service))
    expect(service.begun).toHaveLength(1)
    const page = await link({})
    expect(page.shown).toMatchObject({ link_id: idOf(service, 1), code: service.begun[1]?.code })
    expect((await link({ device: false })).shown).toMatchObject({ link_id: idOf(service, 1) })
    expect(factsOf(await link())).toEqual(pending(service))
    await service.finish(idOf(service), 'octocat')
    const second = await link()
    expect(second.shown).toMatchObject({ status: 'linked', link_id: idOf(service) })
  })

  test('passes a refusal of the service on to the agent', async () => {
    const { link } = await setup()
    const result = await link({ connector: 'github', device: true })
    expect(result.shown).toMatchObject({ error: { code: 'INVALID_PARAMETERS' } })
    expect(textOf(result)).toContain('without device')
  })

  test('reports an older service that does not know device codes', async () => {
    const { service, link } = await setup()
    ignoreDevice(service)
    const result = await link()
    expect(result.shown).toMatchObject({ error: { code: 'INVALID_PARAMETERS' } })
    expect(textOf(result)).toContain('call link_integration without device')
    // The page it began is not left open.
    expect(service.count('DELETE', /^\/links\//)).toBe(1)
    expect((await link({})).shown).toMatchObject({
      status: 'pending',
      code: service.begun.at(-1)?.code,
    })
  })

  test('reports a service without link pages, which has no device codes either', async () => {
    const { service, link } = await setup()
    service.failInstead('POST', LINKS, [404, 'ACTION_NOT_FOUND', 'There is no action of that name.'])
    const result = await link()
    expect(textOf(result)).toContain('call link_integration without device')
    expect(service.count('POST', /\/integrations$/)).toBe(0)
  })

  test.each(['javascript:alert(1)//', 'data:text/html,'])('never shows the unsafe address %s', async (url) => {
    const elicit = answers('accept')
    const { service, link } = await setup(elicit)
    const begun = { link_id: 'l', url, code: CODE, expires_at: '2099-01-01T00:00:00Z', status: 'pending', device: true }
    service.answerInstead('POST', LINKS, () => json({ data: { ...begun, connector: 'mail' }, meta: null }))
    const result = await link()
    expect(result.shown).toMatchObject({ error: { code: 'UPSTREAM_ERROR' } })
    expect(JSON.stringify(result)).not.toContain(url)
    expect(elicit).not.toHaveBeenCalled()
  })

  test('is mentioned with the page where possible, and nowhere else', async () => {
    const { link } = await setup()
    const hint = 'If the person has no browser on this machine, call link_integration with device true instead.'
    expect(textOf(await link({ connector: 'github' }))).not.toContain('device')
    expect(textOf(await link({}))).toContain(hint)
    expect(textOf(await link({}))).toContain(hint)
    expect(textOf(await link())).not.toContain(hint)
  })

  test('is mentioned with the link that repairs an account, whoever began it', async () => {
    const { service, mcpClient } = await setup()
    await service.linkAccount('alice', 'mail', 'octocat')
    const fail = (details: Record<string, unknown>) => {
      const failure = [403, 'RECONNECT_REQUIRED', 'The grant is gone.'] as const
      service.failInstead('POST', '/connectors/mail/send_email', [...failure], { details, times: 1 })
      return mcpClient.call('execute_connector', { connector: 'mail', action: 'send_email', params: { to: 'a' } })
    }
    const hint = 'call link_integration with device true instead'
    expect(textOf(await fail({}))).toContain(hint)
    const begun = { reconnect_url: 'http://127.0.0.1:4000/connect/x', link_id: 'x', link_code: 'K7QD-42MX' }
    expect(textOf(await fail(begun))).not.toContain(hint)
    expect(textOf(await fail({ ...begun, link_device_available: true }))).toContain(hint)
  })
})
