import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { ConnectorsError } from '../../../src/base/errors.js'
import {
  type Action,
  atLeastOne,
  type Constraint,
  defineAction,
  exactlyOne,
  excludes,
  needs,
  z,
} from '../../../src/kit/index.js'
import { checkConstraints } from '../../../src/kit/parameters/constraints.js'

const NAMES = ['a', 'b', 'c', 'd'] as const

/** Four parameters, of which each may be left out. */
const letters = (...constraints: Constraint<'a' | 'b' | 'c' | 'd'>[]): Action =>
  defineAction({
    name: 'letters',
    description: 'Take letters.',
    effect: 'read',
    input: {
      a: z.string().nullish(),
      b: z.string().default('b by default'),
      c: z.string().nullish(),
      d: z.looseObject({ text: z.string().nullish() }).nullish(),
    },
    constraints,
    run: async () => ({}),
  })

/** The fields at fault, with the message; undefined where the input fits. */
function refusal(action: Action, input: unknown): { message: string; fields: string[] } | undefined {
  try {
    action.prepare(input)
    return undefined
  } catch (error) {
    if (!(error instanceof ConnectorsError) || error.code !== 'INVALID_PARAMETERS') throw error
    return { message: error.message, fields: (error.details?.errors ?? []).map(({ field }) => field) }
  }
}

describe('a sentence behind the description', () => {
  test.each<[Constraint<'a' | 'b' | 'c' | 'd'>, string]>([
    [atLeastOne('a', 'b', 'c'), 'Needs at least one of a, b, c.'],
    [exactlyOne('a', 'b'), 'Needs exactly one of a, b.'],
    [exactlyOne(['a', 'b'], 'c'), 'Needs exactly one of a with b, c.'],
    [needs({ a: ['user', 'group'] }, 'b'), 'Needs b for a user or group.'],
    [needs({ a: 'owner' }, { c: 'yes' }), 'Needs c yes for a owner.'],
    [needs('a', 'b', 'c'), 'Needs b and c for a.'],
    [excludes('a', 'b', 'd.text'), 'Takes no b or d.text with a.'],
  ])('tells %j', (constraint, sentence) => {
    expect(letters(constraint).description).toBe(`Take letters. ${sentence}`)
  })

  test('is one for all that is needed', () => {
    const { description } = letters(needs('a', 'c'), atLeastOne('a', 'b'), needs({ a: 'x' }, { c: 'y' }, 'd'))
    expect(description).toBe('Take letters. Needs at least one of a, b. Needs c for a; c y and d for a x.')
  })
})

describe('an input', () => {
  const one = letters(exactlyOne('a', 'c'))
  const pair = letters(exactlyOne(['a', 'c'], 'd'))
  const member = letters(excludes('a', 'd.text'))
  test.each<[string, Action, unknown, string[] | undefined]>([
    ['with one of those wanted', letters(atLeastOne('a', 'c')), { c: '' }, undefined],
    ['with none of those wanted', letters(atLeastOne('a', 'c')), {}, ['a', 'c']],
    ['with null for all of them', letters(atLeastOne('a', 'c')), { a: null, c: null }, ['a', 'c']],
    ['with a default for one of them', letters(atLeastOne('a', 'b')), {}, ['a', 'b']],
    ['with exactly one', one, { a: 'x', c: null }, undefined],
    ['with one too many', one, { a: 'x', c: 'y' }, ['a', 'c']],
    ['with a pair', pair, { a: 'x', c: 'y' }, undefined],
    ['with half a pair', pair, { a: 'x' }, ['c']],
    ['with half a pair and another', pair, { a: 'x', d: {} }, ['a', 'd']],
    ['without a member that is excluded', member, { a: 'x', d: {} }, undefined],
    ['with a member that is excluded', member, { a: 'x', d: { text: 'y' } }, ['d.text']],
    ['where nothing excludes the member', member, { d: { text: 'y' } }, undefined],
  ])('%s', (_name, action, input, fields) => {
    expect(refusal(action, input)?.fields).toEqual(fields)
  })

  test('that breaks several constraints is told all of them', () => {
    const action = letters(atLeastOne('a', 'c'), needs('d', 'b'))
    expect(refusal(action, { d: {} })).toEqual({
      message: 'The parameters do not fit together: the action needs at least one of a, c; the action needs b for d.',
      fields: ['a', 'c', 'b'],
    })
  })

  test('is held to its schema first', () => {
    expect(refusal(letters(atLeastOne('a', 'c')), { b: 7 })?.fields).toEqual(['b'])
  })
})

describe('values', () => {
  const permission = defineAction({
    name: 'create_permission',
    description: 'Share.',
    effect: 'create',
    input: {
      type: z.enum(['user', 'group', 'domain', 'anyone']).default('anyone'),
      role: z.enum(['reader', 'owner']),
      email_address: z.string().optional(),
      expiration_time: z.string().optional(),
      transfer_ownership: z.boolean().optional(),
    },
    constraints: [
      needs({ type: ['user', 'group'] }, 'email_address'),
      needs({ role: 'owner' }, { transfer_ownership: true }),
      needs('expiration_time', { type: ['user', 'group'] }),
      excludes({ transfer_ownership: false }, 'expiration_time'),
    ],
    run: async () => ({}),
  })
  test.each<[unknown, string[] | undefined]>([
    [{ role: 'reader' }, undefined],
    [{ role: 'reader', type: 'user' }, ['email_address']],
    [{ role: 'reader', type: 'user', email_address: 'a@b.c' }, undefined],
    [{ role: 'owner', transfer_ownership: false }, ['transfer_ownership']],
    [{ role: 'owner' }, ['transfer_ownership']],
    [{ role: 'owner', transfer_ownership: true }, undefined],
    // The default of type counts as its value, and a boolean that is left out as false.
    [{ role: 'reader', expiration_time: '2030-01-01' }, ['type', 'expiration_time']],
  ])('%j', (input, fields) => {
    expect(refusal(permission, input)?.fields).toEqual(fields)
  })
})

test('exactly one of several parameters holds for exactly those inputs that give one', () => {
  const action = letters(exactlyOne('a', 'b', 'c'))
  const values = fc.record({ a: fc.string(), b: fc.string(), c: fc.string() }, { requiredKeys: [] })
  fc.assert(
    fc.property(values, (input) => {
      expect(refusal(action, input) === undefined).toBe(Object.keys(input).length === 1)
    }),
  )
})

test('a broken constraint always blames a parameter, and none is blamed where all hold', () => {
  const path = fc.constantFrom<string>(...NAMES, 'd.text')
  const constraint: fc.Arbitrary<Constraint> = fc.oneof(
    fc.array(path, { minLength: 1 }).map((paths) => atLeastOne(...paths)),
    fc.array(fc.uniqueArray(path, { minLength: 1 }), { minLength: 1 }).map((all) => exactlyOne(...all)),
    fc.tuple(path, path).map(([when, what]) => needs(when, what)),
    fc.tuple(path, path).map(([when, what]) => excludes(when, what)),
  )
  const given = fc.record({ a: fc.string(), b: fc.string(), d: fc.record({ text: fc.string() }) }, { requiredKeys: [] })
  fc.assert(
    fc.property(fc.array(constraint, { maxLength: 4 }), given, (constraints, parsed) => {
      try {
        checkConstraints(constraints, { given: parsed, parsed })
      } catch (error) {
        if (!(error instanceof ConnectorsError)) throw error
        expect(error.details?.errors?.length).toBeGreaterThan(0)
        return
      }
      for (const one of constraints) {
        expect(() => checkConstraints([one], { given: parsed, parsed })).not.toThrow()
      }
    }),
  )
})

describe('a definition', () => {
  test('that names a parameter which does not exist is refused, by its types too', () => {
    const of = (constraint: Constraint) => () => letters(constraint as Constraint<'a'>)
    expect(of(atLeastOne('a', 'nothing'))).toThrow('"nothing", which is not a parameter')
    expect(of(excludes('a', 'nothing.at.all'))).toThrow('"nothing.at.all", which is not a parameter')
    expect(of(needs({ toString: 'x' } as never, 'a'))).toThrow('"toString", which is not a parameter')
    // @ts-expect-error there is no such parameter
    expect(() => letters(atLeastOne('a', 'nothing'))).toThrow()
    // @ts-expect-error there is no such parameter
    expect(() => letters(needs({ nothing: 'x' }, 'a'))).toThrow()
  })

  test('that wants a value which a parameter can never have is refused', () => {
    expect(() => letters(needs({ a: ['x', 7] }, 'b'))).toThrow('wants a to be "7"')
  })

  test('still infers the input of run', () => {
    defineAction({
      name: 'typed',
      description: 'Be typed.',
      effect: 'read',
      input: { text: z.string().optional(), page_token: z.string().optional(), count: z.number().default(1) },
      constraints: [atLeastOne('text', 'count'), needs({ count: [1, 2] }, 'text')],
      aliases: { cursor: 'page_token' },
      run: async (_upstream, input) => {
        expectTypeOf(input).toEqualTypeOf<{
          text?: string | undefined
          page_token?: string | undefined
          count: number
        }>()
        return {}
      },
    })
    expect(() =>
      defineAction({
        name: 'typed',
        description: 'Be typed.',
        effect: 'read',
        input: { text: z.string().optional() },
        // @ts-expect-error there is no such parameter
        constraints: [exactlyOne('text', 'other')],
        run: async () => ({}),
      }),
    ).toThrow()
  })
})
