import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { XmlElement } from '../../../src/kit/xml/element.js'
import { XmlFault } from '../../../src/kit/xml/fault.js'
import { parseXml } from '../../../src/kit/xml/parse.js'

const parse = (text: string) => parseXml(Buffer.from(text))
const faultOf = (bytes: string | Uint8Array): string => {
  try {
    parseXml(Buffer.from(bytes))
    return 'none'
  } catch (error) {
    if (error instanceof XmlFault) return error.fault
    throw error
  }
}

describe('a document', () => {
  test('becomes elements with attributes and text', () => {
    const root = parse('<?xml version="1.0"?><a x="1 &amp; 2"><b>one</b> and <b>two<c/></b></a>\n')
    expect([root.name, root.attribute('x'), root.attribute('y')]).toEqual(['a', '1 & 2', undefined])
    expect(root.all('', 'b').map((element) => element.text())).toEqual(['one', 'two'])
    expect(root.text()).toBe('one and two')
    expect(root.first('', 'c')).toBeUndefined()
  })

  test('has the names that its namespaces make, whatever the prefixes', () => {
    const atom = 'http://www.w3.org/2005/Atom'
    const plain = parse(`<feed xmlns="${atom}"><entry xmlns:x="urn:x"><x:id>1</x:id><id xmlns="">2</id></entry></feed>`)
    const prefixed = parse(
      `<a:feed xmlns:a="${atom}" xmlns:x="urn:x"><a:entry><x:id>1</x:id><id>2</id></a:entry></a:feed>`,
    )
    for (const root of [plain, prefixed]) {
      const entry = root.first(atom, 'entry')
      expect([root.namespace, root.name]).toEqual([atom, 'feed'])
      expect([entry?.first('urn:x', 'id')?.text(), entry?.first('', 'id')?.text()]).toEqual(['1', '2'])
      expect(entry?.first(atom, 'id')).toBeUndefined()
    }
  })

  test('a prefix counts inside its element only, and one that nothing defines is a part of the name', () => {
    const root = parse('<r><a xmlns:p="urn:p"><p:x/></a><p:x/></r>')
    expect(root.first('', 'a')?.first('urn:p', 'x')).toBeInstanceOf(XmlElement)
    expect(root.first('', 'p:x')).toBeInstanceOf(XmlElement)
  })

  test('knows CDATA, characters by number, and comments', () => {
    expect(parse('<a><![CDATA[<b> & ]]>&#233;&#x1F600;&lt;<!-- c --></a>').text()).toBe('<b> & é😀<')
  })

  test.each([
    ['UTF-8 with a mark', Buffer.from('\uFEFF<a>é</a>')],
    ['UTF-16', Buffer.from('\uFEFF<a>é</a>', 'utf16le')],
    ['what it declares', Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1')],
  ])('is read as %s', (_, bytes) => {
    expect(parseXml(bytes).text()).toBe('é')
  })

  test('has no members of objects for names', () => {
    const root = parse('<a __proto__="x" constructor="y"><__proto__/></a>')
    expect([root.attribute('toString'), root.attribute('constructor')]).toEqual([undefined, 'y'])
    expect(root.first('', '__proto__')?.text()).toBe('')
  })
})

describe('what is no document is refused', () => {
  test.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['text', 'Rate exceeded.'],
    ['JSON', '{"a":"<b/>"}'],
    ['an end tag that is missing', '<a><b>1</a>'],
    ['an end tag of another element', '<a><b>1</a></b>'],
    ['two roots', '<a/><b/>'],
    ['text after the root', '<a/>1'],
    ['a page of HTML', '<!doctype html><html><body><br></body></html>'],
    ['an encoding that nobody knows', '<?xml version="1.0" encoding="x-none"?><a/>'],
    ['bytes that are not of the encoding', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])],
  ])('%s', (_, bytes) => {
    expect(faultOf(bytes)).toBe('form')
  })

  test.each([
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
    '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>',
    '<a><!ENTITY x "1">&x;</a>',
  ])('a document type: %s', (text) => {
    expect(faultOf(text)).toBe('form')
  })

  test('an entity that nothing defines stays as it is written', () => {
    expect(parse('<a>&x; &nbsp;</a>').text()).toBe('&x; &nbsp;')
  })

  test('every beginning of a document', () => {
    const whole = `<?xml version='1.0'?><f xmlns:p="urn:p"><p:e a="1>2"><t>x &amp; <![CDATA[y]]></t><l/></p:e><!-- c --></f>`
    for (let end = 0; end < whole.length; end++) expect([end, faultOf(whole.slice(0, end))]).toEqual([end, 'form'])
    expect(faultOf(whole)).toBe('none')
  })
})

describe('what is too large is refused', () => {
  const deep = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels)

  test('elements in elements', () => {
    expect([faultOf(deep(200)), faultOf(deep(201))]).toEqual(['none', 'depth'])
    expect(faultOf('<a>'.repeat(10_000_000))).toBe('depth')
  })

  test.each([
    ['elements', `<r>${'<a/>'.repeat(8_000_000)}</r>`],
    ['attributes', `<r ${Array.from({ length: 2_000_000 }, (_, index) => `a${index}=""`).join(' ')}/>`],
    ['the same attribute', `<r ${'a="" '.repeat(6_000_000)}/>`],
    ['entities', `<r>${'&lt;'.repeat(8_000_000)}</r>`],
    ['namespaces', `<r>${'<a xmlns="u"/>'.repeat(2_000_000)}</r>`],
  ])('32 MiB of %s', (_, text) => {
    expect(faultOf(text)).toBe('pieces')
  })

  test('32 MiB of one text are read', () => {
    expect(parse(`<r>${'x'.repeat(32 * 1024 * 1024)}</r>`).text()).toHaveLength(32 * 1024 * 1024)
  })

  test.each([
    ['comments that do not end', '<!--'],
    ['sections that do not end', '<![CDATA['],
    ['quotes that do not end', '<a b="'],
    ['ampersands', '&'],
    ['numbers of characters', '&#1'],
    ['end tags', '</a>'],
    ['blanks in tags', '<a '],
  ])('the time for %s grows with their number', (_, part) => {
    const timeOf = (count: number): number => {
      const bytes = Buffer.from(`<r>${part.repeat(count)}`)
      const start = performance.now()
      faultOf(bytes)
      return performance.now() - start
    }
    timeOf(20_000)
    const few = Math.min(timeOf(20_000), timeOf(20_000))
    expect(Math.min(timeOf(200_000), timeOf(200_000))).toBeLessThan(60 * Math.max(few, 5))
  })
})

/** A tree of elements and texts, and its XML. */
interface Tree {
  name: string
  attributes: Record<string, string>
  children: (Tree | string)[]
}

const text = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .map((value) => value.replace(/[\p{Cc}\ufffe\uffff]/gu, '-'))
  .filter((value) => value !== '')
const name = fc.stringMatching(/^[a-zA-Z_][\w.-]{0,8}$/).filter((value) => !value.startsWith('xmlns'))
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    name,
    attributes: fc.dictionary(name, text, { maxKeys: 3, noNullPrototype: true }),
    children: fc
      .array(fc.oneof({ depthSize: 'small' }, text, tie('tree')), { maxLength: 4 })
      // Two texts beside each other are one.
      .map((all) => all.filter((child, at) => typeof child !== 'string' || typeof all[at - 1] !== 'string')),
  }),
}))

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&#34;')
const written = ({ name, attributes, children }: Tree): string => {
  const start = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escaped(value)}"`)].join(' ')
  if (children.length === 0) return `<${start}/>`
  return `<${start}>${children.map((child) => (typeof child === 'string' ? escaped(child) : written(child))).join('')}</${name}>`
}
const read = ({ name, attributes, children }: XmlElement): Tree => ({
  name,
  attributes: { ...attributes },
  children: children.map((child) => (typeof child === 'string' ? child : read(child))),
})

describe('any document', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(tree, (one) => {
        expect(read(parse(written(one)))).toEqual(one)
      }),
    )
  })

  test('is refused where its end is missing', () => {
    fc.assert(
      fc.property(tree, fc.double({ min: 0, max: 0.999, noNaN: true }), (one, part) => {
        const whole = Buffer.from(written(one))
        expect(faultOf(whole.subarray(0, Math.floor(part * whole.length)))).toBe('form')
      }),
    )
  })

  test('and anything else, is read or refused', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      'b:a',
      ' ',
      '"',
      '=',
      '&',
      ';',
      '#x41',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '<!',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        expect(['none', 'form']).toContain(faultOf(parts.join('')))
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(['none', 'form']).toContain(faultOf(bytes))
      }),
    )
  })
})
