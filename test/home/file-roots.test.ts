import { spawnSync } from 'node:child_process'
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import type { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join, relative, resolve } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { FILE_BYTES, readAllowed } from '../../src/home/file-roots.js'

type Open = typeof open
/** What happens where a file is opened. */
const opening = vi.hoisted(() => ({
  instead: undefined as ((real: Open, ...args: Parameters<Open>) => ReturnType<Open>) | undefined,
}))
vi.mock(import('node:fs/promises'), async (original) => {
  const real = await original()
  return { ...real, open: (...args) => (opening.instead ? opening.instead(real.open, ...args) : real.open(...args)) }
})
afterEach(() => {
  opening.instead = undefined
})

/** A folder with an allowed folder `root`, and `outside`, of which nothing may be known. */
function tree({ outside = true } = {}): string {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'connectors-roots-')))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  for (const folder of ['root/folder', 'outside', 'root-beside']) mkdirSync(join(base, folder), { recursive: true })
  writeFileSync(join(base, 'root/a.txt'), 'a')
  writeFileSync(join(base, 'root/folder/b.txt'), 'b')
  writeFileSync(join(base, 'root-beside/a.txt'), 'beside')
  if (outside) {
    mkdirSync(join(base, 'outside/folder'))
    writeFileSync(join(base, 'outside/a.txt'), 'outside')
    writeFileSync(join(base, 'outside/folder/b.txt'), 'outside')
  }
  const links = {
    'root/in': 'folder',
    'root/in.txt': 'folder/b.txt',
    'root/out': '../outside',
    'root/out.txt': '../outside/a.txt',
    'root/over': 'out/folder',
    'root/dangling': 'nothing',
    'root/loop': 'loop',
    'way-in': 'root',
  }
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(base, name))
  return base
}

const read = async (path: string, roots: string[], except: string[] = []): Promise<string> => {
  const { bytes, filename } = await readAllowed(path, { roots, except })
  return `${filename}: ${bytes}`
}

const codeOf = (path: string, roots: string[], except?: string[]): Promise<string> =>
  read(path, roots, except).then(
    (content) => content,
    (error: { code: string; message: string }) => error.code,
  )

describe('a file of this machine', () => {
  test.each([
    ['root/a.txt', 'a.txt: a'],
    ['root/folder/b.txt', 'b.txt: b'],
    ['root//folder/./../a.txt', 'a.txt: a'],
    ['root/in/b.txt', 'b.txt: b'],
    ['root/in.txt', 'in.txt: b'],
    ['way-in/a.txt', 'a.txt: a'],
    ['outside/../root/a.txt', 'a.txt: a'],
    ['root/out/../a.txt', 'a.txt: a'],
    ['root/a.txt/', 'a.txt: a'],
  ])('is read below an allowed folder: %s', async (path, content) => {
    const base = tree()
    for (const root of ['root', 'way-in', 'root/', 'root/folder/..']) {
      expect(await read(`${base}/${path}`, [join(base, 'missing'), `${base}/${root}`])).toBe(content)
    }
  })

  test.each([
    ['outside/a.txt', 'FORBIDDEN'],
    ['outside/missing', 'FORBIDDEN'],
    ['outside', 'FORBIDDEN'],
    ['root-beside/a.txt', 'FORBIDDEN'],
    ['root/../outside/a.txt', 'FORBIDDEN'],
    ['root/out/a.txt', 'FORBIDDEN'],
    ['root/out/missing', 'FORBIDDEN'],
    ['root/out/missing/more', 'FORBIDDEN'],
    ['root/out/a.txt/more', 'FORBIDDEN'],
    ['root/out.txt', 'FORBIDDEN'],
    ['root/out.txt/more', 'FORBIDDEN'],
    ['root/over/b.txt', 'FORBIDDEN'],
    ['root/dangling', 'FORBIDDEN'],
    ['root/dangling/more', 'FORBIDDEN'],
    ['root/loop', 'FORBIDDEN'],
    ['missing/a.txt', 'FORBIDDEN'],
    ['root/missing', 'NOT_FOUND'],
    ['root/missing/more', 'NOT_FOUND'],
    ['root/a.txt/more', 'NOT_FOUND'],
    ['root/in/missing', 'NOT_FOUND'],
    ['root', 'INVALID_PARAMETERS'],
    ['root/folder', 'INVALID_PARAMETERS'],
  ])('is refused: %s is %s', async (path, code) => {
    const base = tree()
    expect(await codeOf(`${base}/${path}`, [join(base, 'root')])).toBe(code)
  })

  test('is refused where no folder is allowed, with the setting, and without the path', async () => {
    const path = join(tree(), 'root/a.txt')
    const error = await readAllowed(path, { roots: [] }).then(
      () => expect.fail('It is read.'),
      (error: Error) => error,
    )
    expect(error).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('CONNECTORS_FILE_ROOTS') })
    expect(error.message).not.toContain(path)
  })

  test.each(['a.txt', '~/a.txt', './a.txt', '', 'file:///a.txt', '/a\0.txt'])(
    'needs an absolute path, not %j',
    async (path) => {
      expect(await codeOf(path, ['/'])).toBe('INVALID_PARAMETERS')
    },
  )

  test('is refused below an excepted folder, also by another name', async () => {
    const base = tree()
    const [root, except] = [[base], [join(base, 'way-in/folder'), join(base, 'missing')]]
    linkSync(join(base, 'root/folder/b.txt'), join(base, 'outside/hard.txt'))
    linkSync(join(base, 'root/a.txt'), join(base, 'outside/other.txt'))
    for (const path of ['root/folder/b.txt', 'root/in.txt', 'outside/hard.txt', 'root/folder/missing', 'root/folder'])
      expect(await codeOf(join(base, path), root, except)).toBe('FORBIDDEN')
    for (const path of ['root/a.txt', 'outside/other.txt'])
      expect(await codeOf(join(base, path), root, except)).toMatch(/: a$/)
  })

  test('is a regular file: no pipe is waited for, and no device is opened', async () => {
    const base = tree()
    expect(spawnSync('mkfifo', [join(base, 'root/pipe')]).status).toBe(0)
    const opened = vi.fn()
    opening.instead = (real, ...args) => {
      opened()
      return real(...args)
    }
    expect(await codeOf(join(base, 'root/pipe'), [base])).toBe('INVALID_PARAMETERS')
    expect(await codeOf('/dev/zero', ['/dev'])).toBe('INVALID_PARAMETERS')
    expect(opened).not.toHaveBeenCalled()
  })

  test('has 32 MiB at most', async () => {
    const base = tree()
    const path = join(base, 'root/a.txt')
    truncateSync(path, FILE_BYTES)
    expect((await readAllowed(path, { roots: [base] })).bytes.length).toBe(FILE_BYTES)
    truncateSync(path, FILE_BYTES + 1)
    expect(await codeOf(path, [base])).toBe('TOO_LARGE')
  })

  test('is refused if it grows beyond that while it is read', async () => {
    const base = tree()
    const path = join(base, 'root/a.txt')
    truncateSync(path, FILE_BYTES + 1)
    opening.instead = async (real, ...args) => {
      const file = await real(...args)
      const stat = file.stat.bind(file) as (options: object) => Promise<object>
      return Object.assign(file, { stat: async (options: object) => Object.assign(await stat(options), { size: 1n }) })
    }
    expect(await codeOf(path, [base])).toBe('TOO_LARGE')
  })

  test('that this process may not read is refused with what to do', async () => {
    const base = tree()
    opening.instead = () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }))
    const refused = readAllowed(join(base, 'root/a.txt'), { roots: [base] })
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('permissions') })
  })
})

describe('what is put in the place of a file meanwhile', () => {
  /** The folder becomes a link while the file is opened; afterwards, if so asked, it is the folder again. */
  const swapping = (base: string, back: boolean) => {
    opening.instead = async (real, ...args) => {
      const [folder, aside] = [join(base, 'root/folder'), join(base, 'root/aside')]
      renameSync(folder, aside)
      symlinkSync('../outside/folder', folder)
      const file = await real(...args)
      if (back) {
        unlinkSync(folder)
        renameSync(aside, folder)
      }
      return file
    }
  }

  test.each([true, false])('is not read, be it there afterwards or not: %s', async (back) => {
    const base = tree()
    swapping(base, back)
    expect(await codeOf(join(base, 'root/folder/b.txt'), [join(base, 'root')])).toMatch(/^(NOT_FOUND|FORBIDDEN)$/)
  })

  test('is not a link either', async () => {
    const base = tree()
    opening.instead = (real, ...args) => {
      unlinkSync(join(base, 'root/a.txt'))
      symlinkSync('../outside/a.txt', join(base, 'root/a.txt'))
      return real(...args)
    }
    expect(await codeOf(join(base, 'root/a.txt'), [join(base, 'root')])).toMatch(/^(NOT_FOUND|FORBIDDEN)$/)
  })
})

test('whatever the path, only what is below the folder is read, and nothing is learned of what is outside', async () => {
  const [full, empty] = [tree(), tree({ outside: false })]
  const names = [
    'root',
    'way-in',
    'outside',
    'in',
    'out',
    'over',
    'folder',
    'a.txt',
    'b.txt',
    'in.txt',
    'out.txt',
    'dangling',
    'loop',
  ]
  const part = fc.constantFrom(...names, '..', '.', '', '...', 'missing')
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('/root/', '//root/../', '/'),
      fc.array(part, { maxLength: 6 }),
      async (start, parts) => {
        const path = start + parts.join('/')
        const [found, without] = await Promise.all(
          [full, empty].map((base) => codeOf(base + path, [join(base, 'root')])),
        )
        expect(found).toBe(without)
        if (!found?.includes(': ')) return
        const real = realpathSync(resolve(full + path))
        const way = relative(join(full, 'root'), real)
        expect(way.startsWith('..') || isAbsolute(way)).toBe(false)
        expect(found).not.toContain('outside')
      },
    ),
    { numRuns: 500 },
  )
})
