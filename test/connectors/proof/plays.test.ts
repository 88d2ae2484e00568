import { describe, expect, test } from 'vitest'
import { atLeastOne, defineAction, exactlyOne, excludes, needs, z } from '../../../src/kit/index.js'
import { type Play, playsOf } from './plays.js'

const facts = { description: 'Does something.', effect: 'create' as const, run: async () => null }
const text = z.string().optional()

// Their constraints lead from one parameter to others, and exclude what all parameters would have.
const actions = [
  defineAction({
    ...facts,
    name: 'share',
    input: {
      role: z.enum(['reader', 'owner']),
      type: z.enum(['user', 'domain', 'anyone']),
      address: text,
      domain: text,
      until: text,
      agreed: z.boolean().optional(),
    },
    constraints: [
      needs({ type: 'user' }, 'address'),
      needs({ type: 'domain' }, 'domain'),
      needs('until', { type: 'user' }),
      needs({ role: 'owner' }, { agreed: true }),
    ],
  }),
  defineAction({
    ...facts,
    name: 'react',
    input: { channel: text, time: text, file: text, comment: text },
    constraints: [exactlyOne('file', ['channel', 'time'], 'comment')],
  }),
  defineAction({
    ...facts,
    name: 'send',
    input: { search: text, filter: text, order: text, message: z.object({ body: text }).optional() },
    constraints: [
      excludes('search', 'filter', 'order'),
      atLeastOne('search', 'message.body'),
      needs('order', 'filter'),
    ],
  }),
]

describe.each(actions.map((action) => [action.name, action] as const))('the plays of %s', (_, action) => {
  const plays = playsOf(action, {}, undefined)
  const isTaken = (input: Play['inputs'][number]): boolean => {
    try {
      action.prepare(input)
      return true
    } catch {
      return false
    }
  }

  test('are all taken', () => {
    expect(plays.filter(({ inputs }) => !inputs.some(isTaken)).map(({ title }) => title)).toEqual([])
  })

  test('have each parameter, and each value of an enum, in one that is taken', () => {
    const taken = plays.flatMap(({ inputs }) => inputs.filter(isTaken))
    const { properties = {} } = action.forms().full as { properties?: Record<string, { enum?: unknown[] }> }
    for (const [name, { enum: values = [] }] of Object.entries(properties)) {
      if (name.startsWith('response_')) continue
      expect(taken.some((input) => input[name] !== undefined)).toBe(true)
      expect(values.filter((value) => !taken.some((input) => input[name] === value))).toEqual([])
    }
  })

  test('are compared with what differs in the one parameter only', () => {
    for (const { inputs, about } of plays) {
      for (const [index, other] of about?.others.entries() ?? []) {
        const rest = ({ [about?.parameter ?? '']: _, ...more }) => more
        expect(rest({ ...other })).toEqual(rest({ ...inputs[index] }))
      }
    }
  })
})

test('a parameter that a constraint needs is compared with another value of it', () => {
  const [share] = actions
  const play = share && playsOf(share, {}, undefined).find(({ title }) => title === 'address alone')
  expect(play?.about?.others[0]).toEqual({ role: 'reader', type: 'user', address: 'address-10' })
})
