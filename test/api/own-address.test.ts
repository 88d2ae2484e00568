import { describe, expect, test } from 'vitest'
import { type Harness, newApi } from './harness.js'

/** Every absolute address of ours that an answer holds, asked for under some `Host`. */
async function addresses(api: Harness, asked: string): Promise<string[]> {
  const key = await api.client()
  const { token } = await api.user(key)
  const tenant = await api.service.tenants.byApiKey(key)
  const skill = { name: 'greet', description: 'Greets.', content: 'Say hello.' }
  const { id } = await api.service.skills.add(tenant.id, skill)
  const get = async (path: string) => {
    const headers = { authorization: `Bearer ${token}` }
    // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
    return (await (await api.api.fetch(new Request(asked + path, { headers }))).json()) as any
  }
  const begin = (path: string, json: unknown) =>
    api.api.fetch(
      new Request(asked + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(json),
      }),
    )
  const [item] = (await get('/catalog/mcp?q=keeps%20notes')).items
  const [found] = (await get('/catalog/search?q=notes&kinds=mcp')).mcp
  const listed = (await get('/mcps/list')).data.find(({ name }: { name: string }) => name === 'notes')
  const { data: link } = (await (await begin('/connectors/notes/links', {})).json()) as { data: { url: string } }
  const json = { callback_url: 'https://app.example' }
  const { data: started } = (await (await begin('/connectors/notes/integrations', json)).json()) as typeof json & {
    data: { url: string }
  }
  return [
    item.mcp_url,
    item.config.url,
    found.mcp_url,
    found.config.url,
    listed.url,
    (await get(`/api/skills/${id}`)).data.download_url,
    link.url,
    new URL(started.url).searchParams.get('redirect_uri') ?? '',
  ]
}

const expectAllBelow = (base: string, found: string[]) =>
  expect(found.filter((address) => !address.startsWith(`${base}/`))).toEqual([])

describe("the service's own address in answers", () => {
  test.each(['http://127.0.0.1:1', 'http://evil.example', 'http://localhost:1', 'https://team.example.evil.example'])(
    'is the configured one, whatever the Host (%s)',
    async (asked) => {
      for (const publicUrl of ['https://team.example', 'https://team.example/connectors-service'])
        expectAllBelow(publicUrl, await addresses(await newApi({ publicUrl }), asked))
    },
  )

  test.each([
    'http://evil.example',
    'http://127.0.0.1.evil.example:1',
    'http://localhost.evil.example',
    'http://10.0.0.1',
  ])('never follows a Host that is not this machine (%s)', async (asked) => {
    expectAllBelow('http://127.0.0.1:1', await addresses(await newApi(), asked))
  })

  test.each(['http://localhost:8080', 'http://127.0.0.1:9', 'http://[::1]:8080'])(
    'is the requested loopback address if none is configured (%s)',
    async (asked) => {
      expectAllBelow(asked, (await addresses(await newApi(), asked)).slice(0, 6))
    },
  )
})
