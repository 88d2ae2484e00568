import { attribute, type Element, elements, find } from '../xml.js'

interface Level {
  isCounted: boolean
  start: number
}

/** Counts the items of the lists of a document. */
export class Numbering {
  readonly #levels: ReadonlyMap<string, ReadonlyMap<number, Level>>
  readonly #counts = new Map<string, number[]>()

  /** @param root of the part that defines the lists; without one, all of them are bulleted */
  constructor(root: Element | undefined) {
    const abstract = new Map(
      elements(root, 'abstractNum').map((list) => [attribute(list, 'abstractNumId'), levelsOf(list)] as const),
    )
    this.#levels = new Map(
      elements(root, 'num').map((list) => {
        const base = abstract.get(attribute(find(list, 'abstractNumId'), 'val'))
        return [attribute(list, 'numId') ?? '', base ?? new Map<number, Level>()] as const
      }),
    )
  }

  /** The number of the next item of a list; undefined if the list does not count. */
  next({ id, depth }: { id: string; depth: number }): number | undefined {
    const level = this.#levels.get(id)?.get(depth)
    if (!level?.isCounted) return undefined
    const counts = this.#counts.get(id) ?? []
    this.#counts.set(id, counts)
    counts[depth] = (counts[depth] ?? level.start - 1) + 1
    counts.length = depth + 1
    return counts[depth]
  }
}

const levelsOf = (list: Element): Map<number, Level> =>
  new Map(
    elements(list, 'lvl').map((level) => {
      const format = attribute(find(level, 'numFmt'), 'val') ?? 'decimal'
      const start = Number(attribute(find(level, 'start'), 'val') ?? 1)
      return [
        Number(attribute(level, 'ilvl') ?? 0),
        {
          isCounted: format !== 'bullet' && format !== 'none',
          start: Number.isSafeInteger(start) && start >= 0 ? start : 1,
        },
      ]
    }),
  )
