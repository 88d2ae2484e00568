import { expect, test } from 'vitest'
import {
  type Action,
  backgroundParameters,
  ConnectorsError,
  defineAction,
  forceNew,
  type Json,
  Result,
  z,
} from '../../src/kit/index.js'
import { testCall } from '../connectors/harness.js'

function countingAction(gather: (seen: Record<string, unknown>) => Promise<Json>): Action {
  return defineAction({
    name: 'count_things',
    description: 'Counts.',
    effect: 'read',
    input: {
      shelf: z.string(),
      size: z.number().default(3),
      page: z.number().default(1),
      ...forceNew,
      ...backgroundParameters,
    },
    run: {
      gatheredBy: ['shelf', 'size'],
      keptFor: 60,
      gather: (_upstream, input) => gather(input),
      answer: (gathered, { page }) => new Result(gathered, { page }),
    },
  })
}

const prepared = (input: Record<string, unknown>) =>
  countingAction(async () => []).prepare({ shelf: 'poems', ...input }).background

test('work in the background is named by the parameters that decide what is gathered, defaults included', () => {
  const { key } = prepared({}) ?? {}
  expect(prepared({ page: 2, waiting: false, force_new: true })?.key).toBe(key)
  expect(prepared({ size: 3 })?.key).toBe(key)
  expect(prepared({ size: 4 })?.key).not.toBe(key)
  expect(prepared({ shelf: 'plays' })?.key).not.toBe(key)
})

test('a call waits unless it says no, and null is not no', () => {
  expect(
    [{}, { waiting: true }, { waiting: null }, { waiting: false }].map((input) => prepared(input)?.waiting),
  ).toEqual([true, true, true, false])
  expect(prepared({ force_new: true })?.forceNew).toBe(true)
  expect(prepared({ callback_urls: ['https://a.example/x'] })?.callbackUrls).toEqual(['https://a.example/x'])
  expect(() => prepared({ callback_urls: ['nowhere'] })).toThrow(ConnectorsError)
  const many = Array.from({ length: 11 }, (_, at) => `https://a.example/${at}`)
  expect(() => prepared({ callback_urls: many })).toThrow(ConnectorsError)
})

test('what is gathered sees nothing else, and is shaped for the call', async () => {
  const seen: unknown[] = []
  const action = countingAction(async (input) => {
    seen.push(input)
    return [{ title: 'Faust', year: 1808 }]
  })
  const run = action.prepare({ shelf: 'poems', page: 7, response_fields: ['year'] })
  expect(await run(undefined, testCall())).toEqual({ data: [{ year: 1808 }], meta: { page: 7 } })
  expect(seen).toEqual([{ shelf: 'poems', size: 3 }])
})

test('a failure of gathering may be repeated, since it only reads', async () => {
  const action = countingAction(async () => {
    throw new ConnectorsError('UPSTREAM_ERROR', 'Broken.')
  })
  const failing = action.prepare({ shelf: 'poems' })(undefined, testCall())
  await expect(failing).rejects.toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
})

test('work that is named by a parameter which the action does not have fails when the module loads', () => {
  const define = () =>
    defineAction({
      name: 'count_things',
      description: 'Counts.',
      effect: 'read',
      input: { shelf: z.string() },
      run: { gatheredBy: ['shelf'], keptFor: 60, gather: async () => [], answer: (gathered) => gathered },
    })
  expect(define).toThrow('The background work of count_things needs parameters that it does not have: waiting.')
})
