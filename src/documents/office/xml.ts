import { Parser } from 'htmlparser2'
import { Unreadable } from '../protocol.js'

/** An element with what is in it. Names are without their prefix, since each producer may choose its own. */
export interface Element {
  name: string
  /** By their full names. */
  attributes: Readonly<Record<string, string>>
  children: (Element | string)[]
}

/** Tables in tables in text boxes are some dozens deep. */
const DEEPEST = 256

/**
 * Reads XML as it is found in Office files: no entities but those of XML itself, no document type.
 * @returns the root element; undefined where there is none
 * @throws Unreadable for elements nested deeper than any program writes them
 */
export function parseXml(bytes: Uint8Array): Element | undefined {
  const top: Element = { name: '', attributes: {}, children: [] }
  const open = [top]
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        const element: Element = { name: localName(name), attributes, children: [] }
        open.at(-1)?.children.push(element)
        open.push(element)
        if (open.length > DEEPEST) throw new Unreadable('damaged')
      },
      ontext(text) {
        open.at(-1)?.children.push(text)
      },
      onclosetag() {
        if (open.length > 1) open.pop()
      },
    },
    { xmlMode: true, decodeEntities: true },
  )
  parser.end(decode(bytes))
  return elements(top)[0]
}

function decode(bytes: Uint8Array): string {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** The elements right below, those of one name if one is given. */
export const elements = (parent: Element | undefined, name?: string): Element[] =>
  (parent?.children ?? []).filter(
    (child): child is Element => typeof child !== 'string' && (name === undefined || child.name === name),
  )

/** The first element at the end of a path of names. */
export const find = (parent: Element | undefined, ...path: string[]): Element | undefined =>
  path.reduce<Element | undefined>((at, name) => elements(at, name)[0], parent)

/** An attribute by its name without prefix. */
export function attribute(element: Element | undefined, name: string): string | undefined {
  if (!element) return undefined
  const { attributes } = element
  if (Object.hasOwn(attributes, name)) return attributes[name]
  return Object.entries(attributes).find(([full]) => localName(full) === name)?.[1]
}

/** The relationship that an element refers to; `id` without a prefix is another thing. */
export const relationId = (element: Element, name = 'id'): string | undefined =>
  Object.entries(element.attributes).find(([full]) => full.includes(':') && localName(full) === name)?.[1]

/** The outermost elements of one name, at any depth, in order; of alternatives those of the chosen one. */
export function descendants(parent: Element, name: string): Element[] {
  return elements(parent).flatMap((child) => {
    if (child.name === name) return [child]
    return descendants(child.name === 'AlternateContent' ? chosen(child) : child, name)
  })
}

/** The first form of something that is there in several, for newer programs and older ones. */
export const chosen = (alternatives: Element): Element =>
  find(alternatives, 'Choice') ?? find(alternatives, 'Fallback') ?? alternatives

/** The text right inside an element. */
export const ownText = (element: Element): string =>
  element.children.filter((child): child is string => typeof child === 'string').join('')
