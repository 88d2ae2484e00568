import { describe, expect, test } from 'vitest'
import { readDocument } from '../../src/documents/read.js'
import { archive, item, paragraph, styled, word, wordParts } from './files.js'

const markdown = async (bytes: Uint8Array): Promise<string> => (await readDocument('office', bytes)).markdown

const run = (text: string, properties = ''): string =>
  `<w:r><w:rPr>${properties}</w:rPr><w:t xml:space="preserve">${text}</w:t></w:r>`
const cell = (text: string, properties = ''): string =>
  `<w:tc><w:tcPr>${properties}</w:tcPr>${text === '' ? '<w:p/>' : paragraph(text)}</w:tc>`
const row = (...cells: string[]): string => `<w:tr>${cells.join('')}</w:tr>`

describe('a Word document', () => {
  test('has its headings by the name or the outline of their style, whatever its identifier is', async () => {
    const body = [
      styled('First', 'berschrift1'),
      styled('Second', 'own'),
      paragraph('Third', '<w:outlineLvl w:val="2"/>'),
      paragraph('Text', '<w:outlineLvl w:val="9"/>'),
      styled('In circles', 'circle'),
    ]
    expect(await markdown(word(body.join('')))).toBe('# First\n\n## Second\n\n### Third\n\nText\n\nIn circles')
  })

  test('has its lists, with the numbers that they count', async () => {
    const body = [
      item('one', 1),
      item('inner', 1, 1),
      item('two', 1),
      item('c', 2),
      paragraph('between'),
      item('d', 2),
      paragraph('not in a list', '<w:numPr><w:numId w:val="0"/></w:numPr>'),
    ]
    expect(await markdown(word(body.join('')))).toBe(
      '- one\n    - inner\n- two\n3. c\n\nbetween\n\n4. d\n\nnot in a list',
    )
  })

  test('has its tables, a row for each line', async () => {
    const table = [
      row(cell('Name'), cell('a|b')),
      row(cell('over two', '<w:gridSpan w:val="2"/>')),
      row(cell('down', '<w:vMerge w:val="restart"/>'), `<w:tc>${paragraph('x')}${paragraph('y')}</w:tc>`),
      row(cell('left out', '<w:vMerge/>'), cell('')),
    ]
    expect(await markdown(word(`<w:tbl>${table.join('')}</w:tbl>`))).toBe(
      '| Name | a\\|b |\n| --- | --- |\n| over two |  |\n| down | x<br>y |',
    )
  })

  test('has bold and italic text, and links to the web and to mail only', async () => {
    const body = `<w:p>${run('plain ')}${run('bold ', '<w:b/>')}${run('not', '<w:b w:val="0"/>')}${run(' by style', '<w:rStyle w:val="Strong"/>')}${run(' both', '<w:b/><w:i/>')}</w:p>
      <w:p><w:hyperlink r:id="web">${run('web')}</w:hyperlink> <w:hyperlink r:id="script">${run('script')}</w:hyperlink><w:hyperlink w:anchor="x">${run(' inside')}</w:hyperlink></w:p>
      <w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "mailto:a@example.org" </w:instrText></w:r><w:r><w:t>hidden</w:t></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>${run('mail')}<w:r><w:fldChar w:fldCharType="end"/></w:r>${run(' after')}</w:p>`
    const related = {
      web: { type: 'hyperlink', target: 'https://example.org/a_(b)?c=1&amp;d=2', external: true },
      script: { type: 'hyperlink', target: 'javascript:alert(1)', external: true },
    }
    expect(await markdown(word(body, related))).toBe(
      'plain **bold** not **by style** ***both***\n\n[web](https://example.org/a_%28b%29?c=1&d=2)script inside\n\n[mail](mailto:a@example.org) after',
    )
  })

  test('has no deleted and no hidden text, of pictures their description, and the text of boxes once', async () => {
    const box = '<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>'
    const body = `<w:p><w:del>${run('deleted')}</w:del><w:ins>${run('inserted')}</w:ins>${run('hidden', '<w:vanish/>')}<w:r><w:drawing><wp:inline><wp:docPr descr="A dog"/></wp:inline></w:drawing></w:r>
      <w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>${box}</w:drawing></mc:Choice><mc:Fallback><w:pict>${box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>
      <w:sdt><w:sdtContent>${paragraph('controlled')}</w:sdtContent></w:sdt>`
    expect(await markdown(word(body))).toBe('inserted(image: A dog)\n\nboxed\n\ncontrolled')
  })

  test('has the footnotes that it refers to', async () => {
    const body = `<w:p>${run('text')}<w:r><w:footnoteReference w:id="2"/></w:r></w:p>`
    const parts = {
      ...wordParts(body),
      'word/footnotes.xml': `<w:footnotes xmlns:w="x"><w:footnote w:id="1">${paragraph('unused')}</w:footnote><w:footnote w:id="2">${paragraph('said below')}</w:footnote></w:footnotes>`,
    }
    expect(await markdown(archive(parts))).toBe('text[^2]\n\n[^2]: said below')
  })

  test('has nothing that Markdown or HTML would take for a mark', async () => {
    const text =
      '# no &lt;script&gt;alert(1)&lt;/script&gt; &lt;!-- x --&gt; *a* _b_ snake_case `c` [x](javascript:y) &amp;lt; ~~z~~'
    expect(await markdown(word(paragraph(text) + paragraph('1. one') + paragraph('- two') + paragraph('---')))).toBe(
      '\\# no \\<script>alert(1)\\</script> \\<!-- x --> \\*a\\* \\_b\\_ snake_case \\`c\\` [x\\](javascript:y) \\&lt; \\~~z\\~~\n\n1\\. one\n\n\\- two\n\n\\---',
    )
  })

  test('is read in UTF-16 as well', async () => {
    const parts = wordParts(paragraph('häßlich'))
    const document = String(parts['word/document.xml']).replace('UTF-8', 'UTF-16')
    const bytes = Buffer.from(`\ufeff${document}`, 'utf16le')
    expect(await markdown(archive({ ...parts, 'word/document.xml': bytes }))).toBe('häßlich')
  })
})
