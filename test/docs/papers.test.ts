import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MAY_IMPORT } from '../architecture-table.js'
import { ROOT } from './served.js'

const decisions = readdirSync(join(ROOT, 'docs/decisions')).map((name) => `docs/decisions/${name}`)
const PAPERS = [
  'docs/architecture.md',
  'docs/glossary.md',
  'CONTRIBUTING.md',
  'AGENTS.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...decisions,
]

const read = (file: string): Promise<string> => readFile(join(ROOT, file), 'utf8')

/** Files and folders between backticks: below `src/`, or from the root of the repository. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:[\w.-]+\/)+(?:[\w.-]+\.(?:m?[jt]s|md))?)`/g)].map(([, path = '']) => path)

/** A name, and the file that exports it: `Link` (`service/linking/link.ts`). */
const namesIn = (text: string): [name: string, file: string][] =>
  [...text.matchAll(/`(\w+)` \(`([\w./-]+\.ts)`\)/g)].map(([, name = '', file = '']) => [name, file])

describe('the papers', () => {
  test.each(PAPERS)('%s names files that are there', async (paper) => {
    const paths = pathsIn(await read(paper))
    expect(paths.filter((path) => ![join('src', path), path].some((file) => existsSync(join(ROOT, file))))).toEqual([])
  })

  test.each(PAPERS)('the links in %s lead somewhere', async (paper) => {
    const text = await read(paper)
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target)
    const broken = targets.filter((target) => !/^https?:/.test(target) && !existsSync(join(ROOT, paper, '..', target)))
    expect(broken).toEqual([])
  })

  test('the glossary says where a name is exported', async () => {
    const names = namesIn(await read('docs/glossary.md'))
    const wrong: string[] = []
    for (const [name, file] of names) {
      const source = existsSync(join(ROOT, 'src', file)) ? await read(join('src', file)) : ''
      const isExported = new RegExp(`^export (?:async )?(?:const|function\\*?|class|interface|type) ${name}\\b`, 'm')
      if (!isExported.test(source)) wrong.push(`${name} (${file})`)
    }
    expect(names.length).toBeGreaterThan(50)
    expect(wrong).toEqual([])
  })

  test('docs/architecture.md says what each room is for', async () => {
    const text = await read('docs/architecture.md')
    const rooms = Object.keys(MAY_IMPORT).map((room) => room.replace('service/', ''))
    expect(rooms.filter((room) => !new RegExp(`^\\| \`${room}\` \\| \\w.*\\|.*\\|$`, 'm').test(text))).toEqual([])
  })
})
