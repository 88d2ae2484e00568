import { expect, test } from 'vitest'
import { didYouMean } from '../../../src/base/close-names.js'
import { parseInput, z } from '../../../src/kit/index.js'

test('of a great many unknown parameters only the first ones are listed, and very long names get no suggestion', () => {
  const raw = Object.fromEntries(Array.from({ length: 1_000 }, (_, number) => [`ownr${number}`, 1]))
  try {
    parseInput(z.strictObject({ owner: z.string().optional() }), raw)
    expect.fail('the parameters were taken')
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS', details: { errors: { length: 50 } } })
  }
  expect(didYouMean('owner'.repeat(21), ['owner'.repeat(20)])).toBe('')
})
