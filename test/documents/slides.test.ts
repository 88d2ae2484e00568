import { describe, expect, test } from 'vitest'
import { readDocument } from '../../src/documents/read.js'
import { shape, shapeOf, slides } from './files.js'

const markdown = async (bytes: Uint8Array): Promise<string> => (await readDocument('office', bytes)).markdown

const line = (text: string, properties = '', run = ''): string =>
  `<a:p><a:pPr ${properties.startsWith('<') ? `>${properties}</a:pPr>` : `${properties}/>`}<a:r><a:rPr>${run}</a:rPr><a:t>${text}</a:t></a:r></a:p>`

describe('a PowerPoint presentation', () => {
  test('has its slides in the order of the presentation, each with its title, also hidden ones', async () => {
    const all = [
      { shapes: shape('text first') + shape('Hello', 'ctrTitle') },
      { shapes: shape('secret', 'title'), hidden: true },
      { shapes: shape('3', 'sldNum') + shape('footer', 'ftr') },
    ]
    expect(await markdown(slides(all))).toBe(
      '## Slide 1: Hello\n\ntext first\n\n## Slide 2 (hidden): secret\n\n## Slide 3',
    )
  })

  test('has lists by level: bullets of the layout, own ones, and numbers', async () => {
    const paragraphs = [
      line('one'),
      line('inner', 'lvl="1"'),
      line('two'),
      line('no bullet', '<a:buNone/>'),
      line('first', '<a:buAutoNum type="arabicPeriod"/>'),
      line('second', '<a:buAutoNum type="arabicPeriod"/>'),
    ]
    const box = shapeOf(line('plain') + line('bulleted', '<a:buChar char="x"/>'))
    expect(await markdown(slides([{ shapes: shapeOf(paragraphs.join(''), 'body') + box }]))).toBe(
      '## Slide 1\n\n- one\n    - inner\n- two\n\nno bullet\n\n1. first\n2. second\n\nplain\n\n- bulleted',
    )
  })

  test('has tables, text in groups, links to the web only, and what pictures show', async () => {
    const cell = (text: string, merged = ''): string =>
      `<a:tc ${merged}><a:txBody>${text === '' ? '<a:p/>' : line(text)}</a:txBody></a:tc>`
    const table = `<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr>${cell('A')}${cell('B')}</a:tr><a:tr>${cell('1', 'gridSpan="2"')}${cell('covered', 'hMerge="1"')}</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`
    const linked = shapeOf(
      line('web', '', '<a:hlinkClick r:id="link"/>') + line('script', '', '<a:hlinkClick r:id="script"/>'),
    )
    const picture = '<p:pic><p:nvPicPr><p:cNvPr id="3" name="p.png" descr="A cat"/></p:nvPicPr></p:pic>'
    expect(await markdown(slides([{ shapes: `<p:grpSp>${linked}</p:grpSp>${table}${picture}` }]))).toBe(
      '## Slide 1\n\n[web](https://example.org/slide)\n\nscript\n\n| A | B |\n| --- | --- |\n| 1 |  |\n\n(image: A cat)',
    )
  })

  test('has the notes of the speaker below their slide', async () => {
    const all = [
      { shapes: shape('T', 'title'), notes: 'say this' },
      { shapes: shape('U', 'title'), notes: '' },
    ]
    expect(await markdown(slides(all))).toBe('## Slide 1: T\n\n**Notes:**\\\nsay this\n\n## Slide 2: U')
  })
})
