import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from './served.js'

const inFolder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file))
const DOCUMENTS = [...readdirSync(ROOT).filter((file) => file.endsWith('.md')), ...inFolder('docs')]

/** The text without what is shown as it stands: code, in blocks and in lines. */
const prose = (file: string): string =>
  readFileSync(join(ROOT, file), 'utf8')
    .replaceAll(/^ *```.*?^ *```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''))

/** What GitHub makes of a heading, for addresses. @see https://github.com/gjtorikian/html-pipeline */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-')

/** The anchors of a document; GitHub numbers headings that are there more than once. */
function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of prose(file).matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = anchorOf(heading.trim())
    let name = anchor
    for (let count = 1; anchors.has(name); count++) name = `${anchor}-${count}`
    anchors.add(name)
  }
  return anchors
}

interface Link {
  /** From the root of the repository. */
  target: string
  anchor: string | undefined
}

/** Where the links and pictures of a document lead inside the repository. */
const linksOf = (file: string): Link[] =>
  [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, address = '']) => address)
    .filter((address) => !/^[a-z]+:/i.test(address))
    .map((address) => {
      const [path = '', anchor] = address.split('#')
      return { target: path === '' ? file : normalize(join(dirname(file), path)), anchor }
    })

const leadsNowhere = ({ target, anchor }: Link): boolean =>
  !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(target).has(anchor))

describe('links in the documents', () => {
  test.each(DOCUMENTS)('%s: each leads somewhere', (file) => {
    const broken = linksOf(file).filter(leadsNowhere)
    expect(broken.map(({ target, anchor }) => [target, anchor].filter(Boolean).join('#'))).toEqual([])
  })

  test('a link to a missing file or section is noticed', () => {
    expect(leadsNowhere({ target: 'docs/missing.md', anchor: undefined })).toBe(true)
    expect(leadsNowhere({ target: 'README.md', anchor: 'missing' })).toBe(true)
    expect(leadsNowhere({ target: 'README.md', anchor: 'your-first-question' })).toBe(false)
  })

  test('the README leads to every document', () => {
    const found = new Set(['README.md'])
    for (const file of found)
      for (const { target } of linksOf(file).filter((link) => link.target.endsWith('.md'))) found.add(target)
    const decisions = inFolder('docs/decisions')
    expect(DOCUMENTS.filter((file) => !found.has(file) && !decisions.includes(file) && file !== 'AGENTS.md')).toEqual(
      [],
    )
  })
})
