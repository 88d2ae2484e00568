import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'))

interface Locked {
  engines?: { node?: string }
  deprecated?: string
  hasInstallScript?: boolean
}

const { '': ours, ...others } = read('package-lock.json').packages as Record<string, Locked>
const packages = Object.entries(others).map(([path, locked]) => ({
  name: path.split('node_modules/').at(-1),
  ...locked,
}))

/** A version as one number. */
const order = (version: string): number =>
  version.split('.').reduce((sum, part, at) => sum + (Number(part) || 0) * 1000 ** (2 - at), 0)

/** Whether a range of `engines` takes a version; of the operators that are used there. */
function takes(range: string, version: string): boolean {
  return range.split('||').some((alternative) =>
    [...alternative.matchAll(/(>=|\^)\s*([\d.x]+)/g)].every(([, operator, bound = '']) => {
      const isSameMajor = bound.split('.')[0] === version.split('.')[0]
      return order(version) >= order(bound) && (operator === '>=' || isSameMajor)
    }),
  )
}

const OLDEST = '20.19.0'

// What `npm ci` warns of: EBADENGINE, deprecated packages, and since npm 11 install scripts that nobody decided about.
test('an installation on the oldest Node that is promised prints no warning', () => {
  expect(ours?.engines?.node).toBe('>=20.19')
  expect(takes('>=22.19.0', OLDEST) || takes('^22.1 || ^24', OLDEST)).toBe(false)
  expect(packages.filter(({ engines }) => !takes(engines?.node ?? '>=0', OLDEST)).map(({ name }) => name)).toEqual([])
  expect(packages.filter(({ deprecated }) => deprecated !== undefined)).toEqual([])
  const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name)
  expect(Object.keys(read('package.json').allowScripts)).toEqual(expect.arrayContaining(scripts))
})
