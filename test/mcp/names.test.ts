import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkActionName, connectorName } from '../../src/mcp/names.js'
import { actionPath } from '../../src/wire/index.js'

const WRONG = ['', '.', '..', '../users', 'a/b', 'a b', 'a\n', '__proto__', 'a?x', 'a#x', 'é', 'x'.repeat(65)]

test.each(WRONG)('%j cannot be the name of a connector', (name) => {
  expect(connectorName.safeParse(name).success).toBe(false)
})

test.each(['github', 'google_mail', 'code_interpreter', 'x2', 'Foo-Bar'])(
  '%j can be the name of a connector',
  (name) => {
    expect(connectorName.safeParse(name).success).toBe(true)
  },
)

describe('names of actions', () => {
  const isRefused = (name: string) => {
    try {
      checkActionName('github', name)
      return false
    } catch (error) {
      expect(error).toMatchObject({ code: 'ACTION_NOT_FOUND' })
      return true
    }
  }

  test.each(['list_issues', 'get-users', 'admin/revoke_integrations', 'a1', 'links_of', 'list/links'])(
    '%j can be the name of an action',
    (name) => {
      expect(isRefused(name)).toBe(false)
    },
  )

  test.each([
    ...['', '..', '../me', 'a/../b', 'a//b', '/a', 'a/', 'a%2fb', 'a?b', 'integrations', 'integrations/octocat'],
    ...['integration-exists', 'success-authorize-callback', 'links', 'links/1', '-a', 'x'.repeat(129)],
  ])('%j cannot be the name of an action', (name) => {
    expect(isRefused(name)).toBe(true)
  })

  test('every valid action name stays in its place in the path', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z./%_-]{1,20}$/), (name) => {
        if (isRefused(name)) return
        const path = actionPath('github', name)
        expect(new URL(path, 'https://service.example').pathname).toBe(path)
        expect(path.startsWith('/connectors/github/integrations')).toBe(false)
      }),
    )
  })
})
