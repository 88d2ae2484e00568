import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allOf, anyOf, defineAction, missingScopes, type ScopeClause, z } from '../../../src/kit/index.js'

const drive = (name: string): string => `https://www.googleapis.com/auth/drive${name}`

test('clauses are the data that the catalogue lists', () => {
  expect([
    allOf('tweet.read', 'users.read'),
    anyOf('channels:read', 'groups:read'),
    allOf('repo', { for: 'private repositories' }),
    anyOf('read:org', 'admin:org', { when: 'organization' }),
    allOf('channels:write', { when: { is_private: false } }),
  ]).toEqual([
    { all: ['tweet.read', 'users.read'] },
    { any: ['channels:read', 'groups:read'] },
    { all: ['repo'], for: 'private repositories' },
    { any: ['read:org', 'admin:org'], when: 'organization' },
    { all: ['channels:write'], when: { is_private: false } },
  ])
})

test.each<[string, ScopeClause[], string[], readonly string[] | undefined]>([
  ['nothing is needed', [], ['a'], undefined],
  ['all are granted', [allOf('a', 'b')], ['b', 'a'], undefined],
  ['one of all is missing', [allOf('a', 'b')], ['a'], ['b']],
  ['one of any is granted', [anyOf('a', 'b')], ['b'], undefined],
  ['none of any is granted', [anyOf('a', 'b')], ['c'], ['a', 'b']],
  ['the second clause is not met', [allOf('a'), anyOf('b', 'c')], ['a'], ['b', 'c']],
  ['it is for other data', [allOf('repo', { for: 'private repositories' })], ['public_repo'], undefined],
  ['it begins with the name of another', [allOf(drive(''))], [drive('.file')], [drive('')]],
  ['it is spelled as an address', [allOf('Mail.Read')], ['https://graph.microsoft.com/Mail.Read'], undefined],
  ['it is spelled in another case', [allOf('Mail.Read')], ['mail.read'], undefined],
])('where %s', (_name, clauses, granted, missing) => {
  expect(missingScopes(clauses, granted)).toEqual(missing)
})

test('one of the scopes that are missing, granted, ends the objection to its clause', () => {
  const scopes = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 4 })
  const clause = fc.oneof(
    scopes.map((all) => allOf(...all)),
    scopes.map((any) => anyOf(...any)),
  )
  fc.assert(
    fc.property(fc.array(clause, { maxLength: 4 }), fc.array(fc.stringMatching(/^[a-z]{1,3}$/)), (clauses, given) => {
      const granted = [...given]
      // Each round grants a scope that was not granted before, so that this ends.
      for (let missing = missingScopes(clauses, granted); missing; missing = missingScopes(clauses, granted)) {
        expect(missing.some((scope) => granted.includes(scope))).toBe(false)
        granted.push(missing[0])
      }
      for (const one of clauses) {
        const isMet =
          'all' in one ? one.all.every((s) => granted.includes(s)) : one.any.some((s) => granted.includes(s))
        expect(isMet).toBe(true)
      }
    }),
  )
})

describe('an action', () => {
  const spaces = defineAction({
    name: 'spaces_get',
    description: 'Get a space.',
    effect: 'read',
    input: { use_admin_access: z.boolean().optional(), file: z.string().optional() },
    scopes: [
      anyOf('spaces.readonly', 'spaces', { when: { use_admin_access: false } }),
      allOf('admin.spaces', { when: { use_admin_access: true } }),
      allOf('drive', { when: 'file' }),
    ],
    run: async () => ({}),
  })
  const of = (input: unknown) =>
    spaces.prepare(input).scopes.map((clause) => ('all' in clause ? clause.all : clause.any)[0])

  test('knows which of its clauses count for an input', () => {
    expect(spaces.scopes).toHaveLength(3)
    expect(of({})).toEqual(['spaces.readonly'])
    expect(of({ use_admin_access: true })).toEqual(['admin.spaces'])
    expect(of({ use_admin_access: null, file: 'x' })).toEqual(['spaces.readonly', 'drive'])
  })

  test('whose clauses name no scope, or no parameter of it, is refused when it is defined', () => {
    const define = (clause: ScopeClause) => () =>
      defineAction({
        name: 'wrong',
        description: 'Be wrong.',
        effect: 'read',
        input: {},
        scopes: [clause as ScopeClause<never>],
        run: async () => ({}),
      })
    expect(define(allOf())).toThrow('names no scope')
    expect(define(allOf('a', { when: 'file' }))).toThrow('"file", which is not a parameter')
    expect(() =>
      defineAction({
        name: 'wrong',
        description: 'Be wrong.',
        effect: 'read',
        input: { file: z.string().optional() },
        // @ts-expect-error there is no such parameter
        scopes: [allOf('a', { when: 'folder' })],
        run: async () => ({}),
      }),
    ).toThrow()
  })
})
