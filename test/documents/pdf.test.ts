import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readDocument } from '../../src/documents/read.js'
import { noChromium, startChromium } from '../connect/chromium.js'
import { line, pdf } from './files.js'

const markdown = async (bytes: Uint8Array): Promise<string> => (await readDocument('pdf', bytes)).markdown

if (noChromium) process.stderr.write(`PDFs with structure are not read: ${noChromium}.\n`)

const PAGE = `<h1>Big</h1><p>A <a href="https://example.org/x">link</a> and <b>bold</b> text that is long enough to go on in
  a second line of the page, since it says more than there is room for in the first one.</p>
  <ul><li>one<li>two<ul><li>inner</ul></ul><ol start="7"><li>seventh</ol><h2>Small</h2>
  <table><tr><th>A<th>B<tr><td>1<td>two words</table><p>end</p>`

describe.skipIf(noChromium)('a PDF that Chromium prints', () => {
  test('has the headings, lists, tables and links of the page', async () => {
    const chromium = await startChromium()
    try {
      const page = await chromium.browser.newPage()
      await page.setContent(PAGE)
      expect(await markdown(await page.pdf({ tagged: true }))).toBe(
        [
          '# Big',
          'A [link](https://example.org/x) and bold text that is long enough to go on in a second line of the page, since it says more than there is room for in the first one.',
          '- one\n- two\n    - inner\n7. seventh',
          '## Small',
          '| A | B |\n| --- | --- |\n| 1 | two words |',
          'end',
        ].join('\n\n'),
      )
    } finally {
      await chromium.close()
    }
  })
})

describe('a PDF without structure', () => {
  test('has its headings by size, its paragraphs by the space between lines, and divided words whole', async () => {
    const page = [
      line('A large title', 72, 720, 24),
      line('Section', 72, 680, 16),
      line('The first paragraph goes on to a sec-', 72, 650),
      line('ond line of the same paragraph here.', 72, 636),
      line('Another paragraph is below the first.', 72, 610),
    ]
    expect(await markdown(pdf([page.join('')]))).toBe(
      '# A large title\n\n## Section\n\nThe first paragraph goes on to a second line of the same paragraph here.\n\nAnother paragraph is below the first.',
    )
  })

  test('has its lists, one inside the other', async () => {
    const page = [
      line('\x95 one goes on in', 72, 700),
      line('a second line', 84, 686),
      line('- inner', 100, 672),
      line('\x95 two', 72, 658),
      line('7. seventh', 72, 630),
    ]
    expect(await markdown(pdf([page.join('')]))).toBe('- one goes on in a second line\n    - inner\n- two\n7. seventh')
  })

  test('has links to the web only', async () => {
    const annotation = (y: number, uri: string): string =>
      `<< /Type /Annot /Subtype /Link /Rect [70 ${y - 4} 400 ${y + 14}] /A << /S /URI /URI (${uri}) >> >>`
    const page = line('to the web', 72, 700) + line('to a script', 72, 600)
    const annotations = `/Annots [${annotation(700, 'https://example.org/x')} ${annotation(600, 'javascript:alert(1)')}]`
    expect(await markdown(pdf([page], '', annotations))).toBe('[to the web](https://example.org/x)\n\nto a script')
  })

  test('has what each page repeats only once, and no page numbers', async () => {
    const pages = [1, 2, 3, 4].map(
      (number) =>
        line('The running head', 72, 760) +
        line(`Body of the page called ${'abcd'[number]}`, 72, 600) +
        line('and its end', 72, 500) +
        line(String(number), 300, 30),
    )
    const text = await markdown(pdf(pages))
    expect(text.match(/running head/g)).toHaveLength(1)
    expect(text.match(/Body of the page called/g)).toHaveLength(4)
    expect(text).not.toMatch(/^\d$/m)
  })

  test('with pictures only is one without text', async () => {
    await expect(markdown(pdf(['0 0 100 100 re f']))).rejects.toMatchObject({ fault: 'no-text' })
  })

  test('that needs a password is protected', async () => {
    const encrypt = `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${'28'.repeat(32)}> /U <${'41'.repeat(32)}> /P -4 >> /ID [<00> <00>]`
    await expect(markdown(pdf([line('x', 72, 72)], encrypt))).rejects.toMatchObject({ fault: 'protected' })
  })

  test('with compressed pages is read like any other', async () => {
    expect(await markdown(pdf([deflateSync(line('packed', 72, 72))]))).toBe('packed')
  })

  test('with a page that refers to itself ends', async () => {
    const circle = Buffer.from(pdf([line('x', 72, 72)]))
      .toString('latin1')
      .replace('/Kids [4 0 R]', '/Kids [2 0 R]')
    await expect(markdown(Buffer.from(circle, 'latin1'))).rejects.toMatchObject({ fault: 'damaged' })
  })

  test.each(['%PDF-1.7\n', '%PDF-1.7\ntrailer << /Root 1 0 R >>', 'nothing'])('of %j is damaged', async (text) => {
    await expect(markdown(Buffer.from(text))).rejects.toMatchObject({ fault: 'damaged' })
  })
})
