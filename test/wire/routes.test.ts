import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  actionPath,
  callbackPath,
  connectPath,
  generatedToolName,
  integrationPath,
  integrationsPath,
  keptFilePath,
  keptResultPath,
  linkPath,
  linksPath,
  ROUTE,
  skillPath,
} from '../../src/wire/index.js'

const HOST = 'https://service.example'
/** What may change where a path leads. */
const hostile = fc.constantFrom('/', '..', '.', '%2e', '%2F', '?', '#', '\\', ' ', '\t', 'é', 'a', ':', '@', '%')
const name = fc.array(hostile, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
/** Segments that a URL parser removes; the client refuses them before a path is made. */
const isDots = (segment: string): boolean => /^(?:\.|%2e){1,2}$/i.test(segment)

describe.each([
  ['the list of accounts', integrationsPath, '/connectors/', '/integrations'],
  ['the links of a connector', linksPath, '/connectors/', '/links'],
  ['a link', linkPath, '/links/', ''],
  ['the page of a link', connectPath, '/connect/', ''],
  ['the callback of a connector', callbackPath, '/connectors/', '/success-authorize-callback'],
  ['a skill', skillPath, '/api/skills/', ''],
  ['a kept file', keptFilePath, '/files/', ''],
  ['a kept result', keptResultPath, '/results/', ''],
] as const)('the path of %s', (_what, pathOf, start, end) => {
  test('holds any name in one segment, from which it can be read again', () => {
    fc.assert(
      fc.property(name, (given) => {
        fc.pre(!isDots(given))
        const path = pathOf(given)
        expect(new URL(path, HOST).href).toBe(HOST + path)
        const segment = path.slice(start.length, path.length - end.length)
        expect(path.startsWith(start) && path.endsWith(end) && !segment.includes('/')).toBe(true)
        expect(decodeURIComponent(segment)).toBe(given)
      }),
    )
  })
})

test('the path of an account keeps the slashes of its name, and escapes all else', () => {
  fc.assert(
    fc.property(name, (identifier) => {
      fc.pre(!identifier.split('/').some(isDots))
      const path = integrationPath('notes', identifier)
      expect(new URL(path, HOST).href).toBe(HOST + path)
      const rest = path.slice('/connectors/notes/integrations/'.length)
      expect(rest.split('/').map(decodeURIComponent).join('/')).toBe(identifier)
    }),
  )
})

test('an action with a slash in its name is a path of several segments', () => {
  expect(actionPath('admin', 'users/list all')).toBe('/connectors/admin/users/list%20all')
})

test('no two fixed routes are the same, and each stays as it is in a URL', () => {
  const paths = Object.values(ROUTE)
  expect(new Set(paths).size).toBe(paths.length)
  for (const path of paths) expect(new URL(path, HOST).pathname).toBe(path)
})

test('the name of a tool is that of the published generator', () => {
  expect(generatedToolName('github', 'get-all-users')).toBe('github_get_all_users_tool')
})
