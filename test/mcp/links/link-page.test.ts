import { describe, expect, test, vi } from 'vitest'
import { ConnectorsError, type ErrorCode } from '../../../src/base/errors.js'
import { ApiError } from '../../../src/client/index.js'
import { FakeConnectorsClient } from '../fake-connectors-client.js'
import { CLIENT_KINDS, connect, type Elicit, type Progress, textOf } from '../harness.js'
import { SEED_ALICE } from '../seeds.js'

const PAGE = 'http://127.0.0.1:4000/connect/page-1'
const PENDING = { status: 'pending', connector: 'github', url: PAGE, link_id: 'page-1', code: 'K7QD-42M1' }
const LINKED = { status: 'linked', connector: 'github', user_identifier: 'octocat', selected: true, link_id: 'page-1' }
const FACTS = { status: 'linked', user_identifier: 'octocat', selected: true, replaced: false } as const

const answers = (action: 'accept' | 'decline' | 'cancel') => vi.fn<Elicit>(async () => ({ action }))
const count = (service: FakeConnectorsClient, name: string) => service.calls.filter((call) => call === name).length

/** The person is done at the second look. */
function finishSoon(service: FakeConnectorsClient, facts: Parameters<FakeConnectorsClient['finish']>[1] = FACTS) {
  service.whileWaiting = (linkId) => {
    if (service.waits.length === 2) service.finish(linkId, facts)
  }
}

/** Nothing happens until the wait is given up. */
function waitForEver(service: FakeConnectorsClient) {
  const seen: { signal?: AbortSignal } = {}
  service.whileWaiting = (_, signal) =>
    new Promise((_resolve, reject) => {
      if (signal) seen.signal = signal
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  return seen
}

describe.each(CLIENT_KINDS)('linking on our own page, %s', (kind) => {
  async function setup(elicit?: Elicit, log = vi.fn()) {
    const service = new FakeConnectorsClient()
    const mcpClient = await connect(kind, service, { seed: SEED_ALICE, ...(elicit ? { elicit } : {}), deps: { log } })
    const link = (args: Record<string, unknown> = {}, signal?: AbortSignal, onprogress?: (seen: Progress) => void) =>
      mcpClient.call('link_integration', { connector: 'github', ...args }, signal, onprogress)
    const check = (args: Record<string, unknown> = {}) => mcpClient.call('check_link', { link_id: 'page-1', ...args })
    return { service, mcpClient, link, check, log }
  }

  describe('the page', () => {
    test.each(['github', 'sql'])('is offered for %s, with link, code and what to do in the text', async (connector) => {
      const { service, link } = await setup()
      const result = await link({ connector })
      expect(result.isError ?? false).toBe(false)
      expect(result.structuredContent).toEqual({ ...PENDING, connector })
      expect(textOf(result)).toContain(`Show the person the link ${PAGE} and the code K7QD-42M1.`)
      expect(textOf(result)).toContain('Then call check_link with link_id page-1.')
      expect([...service.pages.values()].map((page) => page.link)).toEqual([{ replaceDuplicate: true }])
      expect(service.waits).toEqual([])
      expect(count(service, 'startLink')).toBe(0)
    })

    test('is opened by a client that can, after it named the code to compare', async () => {
      const elicit = answers('cancel')
      await (await setup(elicit)).link()
      expect(elicit).toHaveBeenCalledOnce()
      expect(elicit.mock.calls[0]?.[0]).toMatchObject({
        mode: 'url',
        url: PAGE,
        message: 'Open this page to link an account at github. Continue only if the page shows the code K7QD-42M1.',
      })
    })

    test("ends where the caller says, and on the service's own page otherwise", async () => {
      const { service, link } = await setup()
      await link({ callback_url: 'https://app.example/done' })
      await link()
      expect([...service.pages.values()].map((page) => page.link.callbackUrl)).toEqual([
        'https://app.example/done',
        undefined,
      ])
    })

    test.each(['javascript:alert(1)//', 'data:text/html,'])('%s is never shown to anybody', async (url) => {
      const elicit = answers('accept')
      const { service, link } = await setup(elicit)
      service.pageUrl = url
      const result = await link()
      expect(result.structuredContent).toMatchObject({ error: { code: 'UPSTREAM_ERROR' } })
      expect(JSON.stringify(result)).not.toContain(url)
      expect(elicit).not.toHaveBeenCalled()
    })
  })

  describe('after the person agreed to open it', () => {
    test('an account linked meanwhile is the result', async () => {
      const { service, link } = await setup(answers('accept'))
      finishSoon(service)
      const result = await link()
      expect(result.structuredContent).toEqual(LINKED)
      expect(textOf(result)).toContain('The account at github is linked.')
      expect(service.waits).toEqual([5, 5])
    })

    test('an account that existed got the new credential, and that is said', async () => {
      const { service, link } = await setup(answers('accept'))
      finishSoon(service, { ...FACTS, replaced: true })
      expect(textOf(await link())).toContain('was linked already: it got the new credential')
    })

    test('25 seconds without an end give the page and what to call', async () => {
      const { service, link } = await setup(answers('accept'))
      const result = await link()
      expect(service.waits).toEqual([5, 5, 5, 5, 5])
      expect(result.structuredContent).toEqual(PENDING)
      expect(textOf(result)).toMatch(/has not finished there yet.*check_link with link_id page-1/)
    })

    test.each([
      ['failed', 'LINK_FAILED', { error: 'cancelled_error', message: 'The person said no at GitHub.' }],
      ['failed', 'LINK_FAILED', {}],
      ['expired', 'LINK_EXPIRED', {}],
    ] as const)('a link that %s is the error %s, and the next call begins another', async (status, code, why) => {
      const { service, link } = await setup(answers('accept'))
      finishSoon(service, { status, ...why })
      const result = await link()
      expect(result.isError).toBe(true)
      const details = { connector: 'github', link_id: 'page-1', ...('error' in why ? { reason: why.error } : {}) }
      expect(result.structuredContent).toMatchObject({ error: { code, details } })
      expect(textOf(result)).toContain('Call link_integration for a new link')
      if ('message' in why) expect(textOf(result)).toContain(why.message)
      await link()
      expect(service.pages.size).toBe(2)
    })

    test('cancelling the call ends the wait at once, and the link stays usable', async () => {
      const { service, link, check, log } = await setup(answers('accept'))
      const seen = waitForEver(service)
      const controller = new AbortController()
      const call = link({}, controller.signal)
      await vi.waitFor(() => expect(seen.signal).toBeDefined())
      controller.abort()
      await expect(call).rejects.toThrow()
      await vi.waitFor(() => expect(seen.signal?.aborted).toBe(true))
      expect(count(service, 'cancelLink')).toBe(0)
      service.finish('page-1', FACTS)
      expect((await check()).structuredContent).toMatchObject({ status: 'linked', user_identifier: 'octocat' })
      expect(service.pages.size).toBe(1)
      expect(log).not.toHaveBeenCalledWith('error', expect.anything())
    })

    test('the wait is reported to a client that asked, in growing numbers', async () => {
      const { link } = await setup(answers('accept'))
      const seen: Progress[] = []
      await link({}, undefined, (progress) => seen.push(progress))
      // The SDK's client of 2026-07-28 reports its own question to the person first.
      const numbers = seen.map(({ progress }) => progress)
      expect(numbers).toEqual([...(kind === 'v2 on 2026-07-28' ? [1] : []), 5, 10, 15, 20, 25])
      for (const { total, message } of seen.slice(-5))
        expect({ total, message }).toEqual({ total: 25, message: 'Waiting for the person to finish in the browser' })
    })

    test('the wait is not reported to a client that did not ask', async () => {
      const { mcpClient, link } = await setup(answers('accept'))
      await link()
      expect(mcpClient.lines.join('\n')).not.toContain('notifications/progress')
    })
  })

  describe('when the person does not open it', () => {
    test('declining cancels the link', async () => {
      const { service, link } = await setup(answers('decline'))
      const result = await link()
      expect(result.isError ?? false).toBe(false)
      expect(result.structuredContent).toEqual({ status: 'cancelled', connector: 'github', link_id: 'page-1' })
      expect(textOf(result)).toContain('did not want to open the page, so the link was cancelled')
      expect(service.pages.size).toBe(0)
    })

    test('a link that cannot be cancelled is no failure, and is not used again', async () => {
      const { service, link } = await setup(answers('decline'))
      vi.spyOn(service, 'cancelLink').mockRejectedValueOnce(new ConnectorsError('UNAVAILABLE', 'Not now.'))
      const result = await link()
      expect(result.structuredContent).toMatchObject({ status: 'cancelled' })
      expect(textOf(result)).toContain('could not be cancelled; it ends by itself')
      await link()
      expect(service.calls.filter((name) => name === 'beginLink')).toHaveLength(2)
    })

    test('dismissing the question leaves the link usable', async () => {
      const elicit = answers('cancel')
      const { service, link } = await setup(elicit)
      const result = await link()
      expect(result.structuredContent).toEqual(PENDING)
      expect(textOf(result)).toMatch(/without an answer; the link still works.*check_link/)
      expect(service.waits).toEqual([])
      await link()
      expect(elicit.mock.calls.map(([{ url }]) => url)).toEqual([PAGE, PAGE])
      expect(service.pages.size).toBe(1)
    })
  })

  describe('a second call', () => {
    test('picks up the link that is pending', async () => {
      const { service, link } = await setup()
      await link()
      expect((await link()).structuredContent).toEqual(PENDING)
      expect(service.pages.size).toBe(1)
    })

    test('goes on waiting for a page that was opened, without asking again', async () => {
      const elicit = answers('accept')
      const { service, link } = await setup(elicit)
      await link()
      service.whileWaiting = (linkId) => service.finish(linkId, FACTS)
      expect((await link()).structuredContent).toEqual(LINKED)
      expect(elicit).toHaveBeenCalledOnce()
    })

    test('tells the outcome of the first once, then begins another', async () => {
      const { service, link } = await setup()
      await link()
      service.finish('page-1', FACTS)
      const second = await link()
      expect(second.structuredContent).toEqual(LINKED)
      expect(textOf(second)).toContain('For another account call link_integration again.')
      expect((await link()).structuredContent).toMatchObject({ status: 'pending', link_id: 'page-2' })
    })

    test.each(['failed', 'expired'] as const)('begins another when the first has %s', async (status) => {
      const { service, link } = await setup()
      await link()
      service.finish('page-1', { status })
      expect((await link()).structuredContent).toMatchObject({ status: 'pending', link_id: 'page-2' })
    })

    test('begins another when the service knows the first no more', async () => {
      const { service, link } = await setup()
      await link()
      // A service that was set up again: it knows none of its links.
      service.pages.clear()
      expect((await link()).structuredContent).toMatchObject({ status: 'pending', link_id: 'page-1' })
      expect(count(service, 'beginLink')).toBe(2)
    })

    test('keeps the link when the service does not answer', async () => {
      const { service, link } = await setup()
      await link()
      vi.spyOn(service, 'linkStatus').mockRejectedValueOnce(new ApiError('UNAVAILABLE', 'Not now.', { status: 503 }))
      expect((await link()).structuredContent).toMatchObject({ error: { code: 'UNAVAILABLE' } })
      expect((await link()).structuredContent).toEqual(PENDING)
    })

    test('at the same time takes part in the first', async () => {
      const { service, link } = await setup()
      const results = await Promise.all([link(), link(), link()])
      expect(results.map(({ structuredContent }) => structuredContent)).toEqual([PENDING, PENDING, PENDING])
      expect(service.pages.size).toBe(1)
    })

    test('of another user begins a link of its own', async () => {
      const { service, mcpClient, link } = await setup()
      await link()
      service.users.set('bob', 'sk-user-bob')
      await mcpClient.call('authenticate', { identifier: 'bob', secret: 'sk-user-bob' })
      expect((await link()).structuredContent).toMatchObject({ link_id: 'page-2' })
      expect([...service.pages.values()].map(({ user }) => user)).toEqual(['alice', 'bob'])
    })

    test('after a failure tries again', async () => {
      const { service, link } = await setup()
      vi.spyOn(service, 'beginLink').mockRejectedValueOnce(new ApiError('RATE_LIMITED', 'Slow.', { status: 429 }))
      expect((await link()).structuredContent).toMatchObject({ error: { code: 'RATE_LIMITED' } })
      expect((await link()).structuredContent).toEqual(PENDING)
    })
  })

  test.each(['NOT_FOUND', 'METHOD_NOT_ALLOWED', 'ACTION_NOT_FOUND'] as ErrorCode[])(
    'a service that answers %s has no page: the one of the third party is given',
    async (code) => {
      const { service, link } = await setup()
      vi.spyOn(service, 'beginLink').mockRejectedValue(new ApiError(code, 'No such route.', { status: 404 }))
      const result = await link()
      expect(result.structuredContent).toEqual({
        status: 'pending',
        connector: 'github',
        url: service.linkUrl,
        link_id: 'link-1',
      })
      expect(textOf(result)).toContain('call list_integrations with this connector')
      expect(service.links.map(({ callbackUrl }) => callbackUrl)).toEqual(['http://127.0.0.1:4000/github'])
    },
  )

  test('a connector that does not exist is no reason to fall back', async () => {
    const { service, link } = await setup()
    expect((await link({ connector: 'gihub' })).structuredContent).toMatchObject({
      error: { code: 'CONNECTOR_NOT_FOUND' },
    })
    expect(count(service, 'startLink')).toBe(0)
  })

  describe('check_link', () => {
    test('waits, and tells of the account', async () => {
      const { service, link, check } = await setup()
      await link()
      finishSoon(service)
      const result = await check()
      expect(result.structuredContent).toEqual({ ...LINKED, replaced: false })
      expect(service.waits).toEqual([5, 5])
      expect(textOf(result)).toContain('The account at github is linked.')
    })

    test('says when an account got the new credential', async () => {
      const { service, link, check } = await setup()
      await link()
      service.finish('page-1', { ...FACTS, replaced: true })
      const result = await check()
      expect(result.structuredContent).toMatchObject({ status: 'linked', replaced: true })
      expect(textOf(result)).toContain('This account at github was linked already: it got the new credential')
    })

    test.each([
      [undefined, [5, 5, 5, 5, 5]],
      [0, [0]],
      [7, [5, 2]],
    ])('with wait_seconds %j asks for waits of %j', async (wait_seconds, waits) => {
      const { service, link, check } = await setup()
      await link()
      const result = await check(wait_seconds === undefined ? {} : { wait_seconds })
      expect(service.waits).toEqual(waits)
      expect(result.structuredContent).toEqual({ status: 'pending', connector: 'github', link_id: 'page-1' })
      expect(textOf(result)).toContain('Call check_link with this link_id again')
    })

    test('says what a pending link waits for, where the service does', async () => {
      const { service, link, check } = await setup()
      await link()
      service.finish('page-1', { message: 'The person has yet to confirm.' })
      expect(textOf(await check({ wait_seconds: 0 }))).toContain('The person has yet to confirm. Call check_link')
    })

    test.each([
      ['failed', 'LINK_FAILED'],
      ['expired', 'LINK_EXPIRED'],
    ] as const)('of a link that %s is the error %s', async (status, code) => {
      const { service, link, check } = await setup()
      await link()
      service.finish('page-1', { status })
      const result = await check()
      expect(result.isError).toBe(true)
      expect(result.structuredContent).toMatchObject({
        error: { code, next_step: expect.stringContaining('new link') },
      })
    })

    test('of a link nobody knows says what to do', async () => {
      const { check } = await setup()
      const result = await check({ link_id: 'page-9' })
      expect(result.structuredContent).toMatchObject({ error: { code: 'NOT_FOUND' } })
      expect(textOf(result)).toMatch(/list_integrations.*link_integration begins a new link/)
    })

    test.each(['', '..', '../users', 'a/b', 'a b', 'x'.repeat(300)])('%j is no link', async (link_id) => {
      const { service, check } = await setup()
      expect((await check({ link_id })).structuredContent).toMatchObject({ error: { code: 'INVALID_PARAMETERS' } })
      expect(service.calls).toEqual([])
    })

    test.each([26, -1, 1.5])('cannot wait %j seconds', async (wait_seconds) => {
      const result = await (await setup()).check({ wait_seconds })
      expect(result.structuredContent).toMatchObject({ error: { code: 'INVALID_PARAMETERS' } })
    })

    test('reports its wait, and stops when cancelled', async () => {
      const { service, mcpClient, link } = await setup()
      await link()
      const seen = waitForEver(service)
      const controller = new AbortController()
      const progress: Progress[] = []
      const call = mcpClient.call('check_link', { link_id: 'page-1' }, controller.signal, (one) => progress.push(one))
      await vi.waitFor(() => expect(seen.signal).toBeDefined())
      controller.abort()
      await expect(call).rejects.toThrow()
      await vi.waitFor(() => expect(seen.signal?.aborted).toBe(true))
      expect(progress.map((one) => one.progress)).toEqual([5])
    })
  })

  describe('an account that has to be linked again', () => {
    const broken = () => {
      throw new ApiError(
        'RECONNECT_REQUIRED',
        'The grant is gone.',
        { status: 403 },
        { details: { user_identifier: 'x' } },
      )
    }
    const execute = { connector: 'github', action: 'list_issues' }

    test('comes with the link that repairs it, and link_integration picks that up', async () => {
      const { service, mcpClient, link } = await setup()
      service.answer = broken
      const result = await mcpClient.call('execute_connector', execute)
      expect(result.isError).toBe(true)
      expect(result.structuredContent).toMatchObject({
        error: {
          code: 'RECONNECT_REQUIRED',
          message: 'The grant is gone.',
          link: { url: PAGE, code: 'K7QD-42M1', link_id: 'page-1' },
          details: { user_identifier: 'x' },
        },
      })
      const text = textOf(result)
      for (const said of [PAGE, 'K7QD-42M1', 'check_link with link_id page-1', 'call link_integration for github'])
        expect(text).toContain(said)
      await mcpClient.call('execute_connector', execute)
      expect((await link()).structuredContent).toEqual(PENDING)
      expect(service.pages.size).toBe(1)
    })

    test('gets a new link when the last one did not repair it', async () => {
      const { service, mcpClient } = await setup()
      service.answer = broken
      await mcpClient.call('execute_connector', execute)
      service.finish('page-1', FACTS)
      const again = await mcpClient.call('execute_connector', execute)
      expect(again.structuredContent).toMatchObject({ error: { link: { link_id: 'page-2' } } })
    })

    test.each(['ACTION_NOT_FOUND', 'UNAVAILABLE'] as ErrorCode[])(
      'is told of all the same when no link can be begun: %s',
      async (code) => {
        const { service, mcpClient } = await setup()
        service.answer = broken
        vi.spyOn(service, 'beginLink').mockRejectedValue(new ApiError(code, 'No.', { status: 503 }))
        const result = await mcpClient.call('execute_connector', execute)
        expect(result.structuredContent).toMatchObject({ error: { code: 'RECONNECT_REQUIRED' } })
        expect(result.structuredContent?.error).not.toHaveProperty('link')
        expect(textOf(result)).toContain('Call link_integration for github: the person has to agree again.')
      },
    )

    test('is named by every other tool, too, and no link is begun', async () => {
      const { service, mcpClient } = await setup()
      vi.spyOn(service, 'selectIntegration').mockImplementation(async () => broken())
      const args = { connector: 'github', identifier: 'octocat' }
      const result = await mcpClient.call('set_default_integration', args)
      expect(textOf(result)).toContain('Call link_integration for github')
      expect(service.pages.size).toBe(0)
    })

    test('other failures begin no link', async () => {
      const { service, mcpClient } = await setup()
      service.answer = () => {
        throw new ApiError('UPSTREAM_ERROR', 'It failed.', { status: 502 })
      }
      await mcpClient.call('execute_connector', execute)
      expect(service.pages.size).toBe(0)
    })
  })

  test.each([
    ['yes', 'The access was ended at the third party, too.'],
    ['no', 'did not end the access when asked'],
    ['unsupported', 'cannot be revoked from here'],
  ])('unlinking says in words that the access was revoked at the third party: %s', async (revoked, said) => {
    const { service, mcpClient } = await setup()
    service.link('alice', 'github', 'octocat')
    service.removedFacts = { revoked_at_provider: revoked }
    const result = await mcpClient.call('delete_integration', { connector: 'github', identifier: 'octocat' })
    expect(result.structuredContent).toMatchObject({ deleted: true, revoked_at_provider: revoked })
    expect(textOf(result)).toContain(said)
  })
})
