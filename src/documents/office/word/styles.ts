import { attribute, type Element, elements, find } from '../xml.js'

/** What a style says of the text that has it. */
export interface Style {
  /** 1 to 6 for a heading. */
  level?: number | undefined
  /** The list that its paragraphs are in. */
  list?: { id: string; depth: number } | undefined
  bold?: boolean | undefined
  italic?: boolean | undefined
}

/** Styles are based on each other a few steps; a circle ends here. */
const LONGEST_CHAIN = 10

/** The styles of a document by identifier, each with what it has of those that it is based on. */
export function readStyles(root: Element | undefined): (id: string | undefined) => Style {
  const known = new Map(elements(root, 'style').map((style) => [attribute(style, 'styleId') ?? '', style]))
  const made = new Map<string, Style>()
  const make = (id: string, steps: number): Style => {
    const done = made.get(id)
    if (done) return done
    const element = known.get(id)
    if (!element || steps > LONGEST_CHAIN) return {}
    const base = attribute(find(element, 'basedOn'), 'val')
    const style = { ...(base === undefined ? {} : make(base, steps + 1)), ...ownStyle(element) }
    made.set(id, style)
    return style
  }
  return (id) => (id === undefined ? {} : make(id, 0))
}

function ownStyle(element: Element): Style {
  const paragraph = find(element, 'pPr')
  const level = levelByName(attribute(find(element, 'name'), 'val') ?? '') ?? outlineLevel(paragraph)
  const list = listOf(paragraph)
  const bold = toggle(find(element, 'rPr'), 'b')
  const italic = toggle(find(element, 'rPr'), 'i')
  return {
    ...(level !== undefined && { level }),
    ...(list && { list }),
    ...(bold !== undefined && { bold }),
    ...(italic !== undefined && { italic }),
  }
}

/** Word keeps the names of its own styles in English, whatever its language. */
function levelByName(name: string): number | undefined {
  if (name.toLowerCase() === 'title') return 1
  const [, level] = /^heading ([1-9])$/i.exec(name) ?? []
  return level === undefined ? undefined : Number(level)
}

/** The level of a heading that a paragraph or style names; the tenth is ordinary text. */
export function outlineLevel(paragraph: Element | undefined): number | undefined {
  const outline = attribute(find(paragraph, 'outlineLvl'), 'val')
  if (outline === undefined || !/^[0-8]$/.test(outline)) return undefined
  return Number(outline) + 1
}

/** The list that a paragraph or style puts text in; the one called 0 is none. */
export function listOf(paragraph: Element | undefined): { id: string; depth: number } | undefined {
  const numbering = find(paragraph, 'numPr')
  const id = attribute(find(numbering, 'numId'), 'val')
  if (id === undefined) return undefined
  const depth = Number(attribute(find(numbering, 'ilvl'), 'val') ?? 0)
  return { id, depth: depth >= 0 && depth <= 8 ? depth : 0 }
}

/** A property that is on where it stands without a value. @returns undefined where nothing is said */
export function toggle(properties: Element | undefined, name: string): boolean | undefined {
  const element = find(properties, name)
  if (!element) return undefined
  return !['0', 'false', 'off', 'none'].includes(attribute(element, 'val') ?? '1')
}
