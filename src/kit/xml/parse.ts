import { Parser } from 'htmlparser2'
import { ANSWER_XML } from '../limits.js'
import { XmlElement } from './element.js'
import { XmlFault } from './fault.js'

/** What prefixes stand for inside an element. A chain, so that an element with many of them is not copied into each below it. */
interface Scope {
  readonly prefixes: ReadonlyMap<string, string>
  readonly outside: Scope | undefined
}

/** An element whose end has not been read. */
interface Open {
  readonly children: (XmlElement | string)[]
  readonly scope: Scope | undefined
}

/** The prefix that the specification reserves. @see https://www.w3.org/TR/xml-names/#ns-decl */
const XML: Scope = { prefixes: new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]), outside: undefined }

/**
 * Reads an XML document. Each byte is read once, and what is built is bounded. There are no entities but the five of XML itself
 * and characters by their number: a document type, which could define others, is refused.
 * @param bytes in UTF-8, UTF-16 with a byte order mark, or what the document itself declares
 * @returns the root element
 * @throws XmlFault for what is not one whole document, and for more than `ANSWER_XML` allows
 * @see https://www.w3.org/TR/xml/
 */
export function parseXml(bytes: Uint8Array): XmlElement {
  const source = decode(bytes)
  const builder = new Builder(source)
  const parser = new Parser(
    {
      onparserinit: (made) => builder.at(() => made.endIndex),
      onopentag: (name, attributes) => builder.open(name, attributes),
      onclosetag: (_name, implied) => builder.close(implied),
      onattribute: () => builder.count(),
      ontext: (text) => builder.text(text),
      onprocessinginstruction: (name) => builder.declaration(name),
    },
    { xmlMode: true, decodeEntities: true },
  )
  parser.end(source)
  return builder.root()
}

class Builder {
  readonly #source: string
  readonly #top: Open = { children: [], scope: XML }
  readonly #open: Open[] = [this.#top]
  #position: () => number = () => 0
  #pieces = 0

  constructor(source: string) {
    this.#source = source
  }

  /** @param position where the parser is */
  at(position: () => number): void {
    this.#position = position
  }

  count(): void {
    this.#pieces += 1
    if (this.#pieces > ANSWER_XML.pieces) throw new XmlFault('pieces')
  }

  open(full: string, attributes: Readonly<Record<string, string>>): void {
    this.count()
    if (this.#open.length > ANSWER_XML.depth) throw new XmlFault('depth')
    const parent = this.#innermost()
    const scope = scopeOf(attributes, parent.scope)
    const children: Open['children'] = []
    parent.children.push(new XmlElement(nameIn(scope, full), attributes, children))
    this.#open.push({ children, scope })
  }

  /** @param implied true without an end tag: it stands in its own (`<a/>`), or is missing */
  close(implied: boolean): void {
    if (implied && !this.#endsItself()) throw new XmlFault('form')
    this.#open.pop()
  }

  text(text: string): void {
    this.count()
    const { children } = this.#innermost()
    if (this.#open.length === 1 && text.trim() !== '') throw new XmlFault('form')
    const last = children.length - 1
    if (typeof children[last] === 'string') children[last] += text
    else children.push(text)
  }

  declaration(name: string): void {
    if (name.startsWith('!')) throw new XmlFault('form')
  }

  root(): XmlElement {
    const [root, ...more] = this.#top.children.filter((child) => typeof child !== 'string')
    if (!root || more.length > 0) throw new XmlFault('form')
    return root
  }

  #innermost(): Open {
    return this.#open.at(-1) ?? this.#top
  }

  #endsItself(): boolean {
    const end = this.#position()
    return this.#source[end] === '>' && this.#source[end - 1] === '/'
  }
}

function scopeOf(attributes: Readonly<Record<string, string>>, outside: Scope | undefined): Scope | undefined {
  let prefixes: Map<string, string> | undefined
  for (const name of Object.keys(attributes)) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue
    prefixes ??= new Map()
    prefixes.set(name.slice('xmlns:'.length), attributes[name] ?? '')
  }
  return prefixes ? { prefixes, outside } : outside
}

/** A prefix that nothing defines stays a part of the name. */
function nameIn(scope: Scope | undefined, full: string): { namespace: string; name: string } {
  const colon = full.indexOf(':')
  const prefix = full.slice(0, Math.max(0, colon))
  for (let at = scope; at !== undefined; at = at.outside) {
    const namespace = at.prefixes.get(prefix)
    if (namespace !== undefined) return { namespace, name: full.slice(colon + 1) }
  }
  return { namespace: '', name: full }
}

/** The encoding that a document declares in its first line. */
const DECLARED = /^<\?xml[^>]{0,100}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})["']/

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new XmlFault('form', cause)
  }
}

/** @see https://www.w3.org/TR/xml/#sec-guessing */
function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return DECLARED.exec(Buffer.from(bytes.subarray(0, 200)).toString('latin1'))?.[1] ?? 'utf-8'
}
