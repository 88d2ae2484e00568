import { expect, test } from 'vitest'
import { fuzzSqlite, fuzzUnguarded } from './sqlite.js'

/** A short run; `npm run fuzz:sqlite` is the long one. */
test('no made statement reaches a file but the linked one', { timeout: 120_000 }, async () => {
  const { outcomes, refused, reached } = await fuzzSqlite(400, 8)
  expect(reached).toEqual([])
  // Enough of them get as far as SQLite, and are something it refuses.
  expect(outcomes.ran).toBeGreaterThan(20)
  expect(refused).toBeGreaterThan(20)
})

test('the control: the same statements reach others where nothing hinders them', () => {
  expect(fuzzUnguarded(2_000, 8)).toContainEqual(expect.stringContaining('appeared'))
})
