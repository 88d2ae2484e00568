import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BoundedMap } from '../../src/base/bounded-map.js'

test('past its limit, the entry that was used least recently goes', () => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  expect(map.get('a')).toBe(1)
  map.set('c', 3)
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3])
})

test('an entry that is set again makes no other one go', () => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.set('b', 3)
  expect([map.size, map.get('a'), map.get('b')]).toEqual([2, 1, 3])
})

test('a map of no entries keeps nothing', () => {
  const map = new BoundedMap<string, number>(0)
  map.set('a', 1)
  expect([map.size, map.get('a')]).toEqual([0, undefined])
})

test('whatever is done to it, it holds the entries used last, and no more than its limit', () => {
  const key = fc.integer({ min: 0, max: 9 })
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), key, value: fc.integer() }),
    fc.record({ kind: fc.constant('get' as const), key }),
    fc.record({ kind: fc.constant('delete' as const), key }),
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), fc.array(step, { maxLength: 60 }), (most, steps) => {
      const map = new BoundedMap<number, number>(most)
      // The plainest model: a list with what was used last at its end.
      let model: [number, number][] = []
      for (const each of steps) {
        const found = model.find(([name]) => name === each.key)
        model = model.filter((entry) => entry !== found)
        if (each.kind === 'set') {
          map.set(each.key, each.value)
          model = [...model, [each.key, each.value] as [number, number]].slice(most === 0 ? model.length + 1 : -most)
        } else if (each.kind === 'delete') expect(map.delete(each.key)).toBe(found !== undefined)
        else {
          expect(map.get(each.key)).toBe(found?.[1])
          if (found) model = [...model, found]
        }
        expect(map.size).toBe(model.length)
      }
      for (const [name, value] of model) expect(map.get(name)).toBe(value)
    }),
  )
})
