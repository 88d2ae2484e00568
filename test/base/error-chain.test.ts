import { expect, test } from 'vitest'
import { errorChain } from '../../src/base/error-chain.js'

test('an error is followed to what caused it, up to what is not an Error', () => {
  const root = new Error('root', { cause: 'a text' })
  const middle = new TypeError('middle', { cause: root })
  expect(errorChain(middle)).toEqual([middle, root])
  expect(errorChain('no error')).toEqual([])
  expect(errorChain(undefined)).toEqual([])
})

test('a circle of causes ends', () => {
  const [first, second] = [new Error('first'), new Error('second')]
  first.cause = second
  second.cause = first
  expect(errorChain(first).length).toBeLessThan(20)
})
