import { describe, expect, test, vi } from 'vitest'
import { packagedConnectors } from '../../../src/connectors/index.js'
import { Catalogue } from '../../../src/service/upstream/catalogue.js'
import { type Embed, Embeddings } from '../../../src/service/upstream/embeddings.js'
import { Search } from '../../../src/service/upstream/search.js'

/** A model to which a text is about what it says first: one dimension for each letter. */
const byLetter: Embed = async (texts) =>
  texts.map((text) => Array.from({ length: 26 }, (_, letter) => Number(text.charCodeAt(0) === 97 + letter)))

const LOG = () => ({ warn: vi.fn() })
const TEXTS = ['apple', 'banana', 'cherry']
const over = (
  embed: Embed,
  more: { texts?: readonly string[]; clock?: () => number; log?: ReturnType<typeof LOG> } = {},
) => new Embeddings({ embed, texts: TEXTS, clock: () => 0, log: undefined, ...more })

describe('the likeness of a need to texts', () => {
  test('is that of their vectors, whatever their length', async () => {
    const embed: Embed = async (texts) =>
      texts.map((text) => (text === 'up' ? [0, 3] : text === 'need' ? [5, 0] : [7, 7]))
    const found = await over(embed, { texts: ['up', 'diagonal', 'need'] }).likeness('need', [0, 1, 2])
    expect(found?.map((value) => value.toFixed(3))).toEqual(['0.000', '0.707', '1.000'])
  })

  test('costs one vector for each search: those of the texts are fetched once, 64 in a request', async () => {
    const sent: number[] = []
    const embed: Embed = async (texts, signal) => {
      sent.push(texts.length)
      return byLetter(texts, signal)
    }
    const embeddings = over(embed, { texts: Array(130).fill('apple') })
    await Promise.all([embeddings.likeness('a', [0]), embeddings.likeness('b', [0])])
    await embeddings.likeness('c', [0])
    expect(sent).toEqual([64, 64, 2, 1, 1, 1])
  })

  test('is of the first 2,000 characters', async () => {
    const lengths: number[] = []
    const embed: Embed = async (texts, signal) => {
      lengths.push(...texts.map(({ length }) => length))
      return byLetter(texts, signal)
    }
    await over(embed, { texts: ['a'.repeat(9000)] }).likeness('b'.repeat(9000), [0])
    expect(lengths).toEqual([2000, 2000])
  })
})

describe('whatever the model answers', () => {
  test.each<[string, Embed]>([
    ['it fails', () => Promise.reject(new Error('out of order'))],
    ['too few vectors', async () => []],
    ['too many', async (texts) => [...texts, ''].map(() => [1])],
    ['empty ones', async (texts) => texts.map(() => [])],
    ['of several lengths', async (texts) => texts.map((_, at) => Array(at + 1).fill(1))],
    ['another length for the need', async (texts) => texts.map(() => Array(texts.length).fill(1))],
    ['endless ones', async (texts) => texts.map(() => Array(100_000).fill(1))],
    ['no numbers', async (texts) => texts.map(() => [Number.NaN, 1])],
  ])('%s: there is no likeness, and that is logged once', async (_, embed) => {
    const log = LOG()
    let now = 0
    const embeddings = over(embed, { log, clock: () => now })
    expect(await embeddings.likeness('a', [0, 1])).toBeUndefined()
    now += 60_000
    expect(await embeddings.likeness('a', [0, 1])).toBeUndefined()
    expect(log.warn).toHaveBeenCalledTimes(1)
  })

  test('after a failure nothing is sent for a minute, and then it is tried again', async () => {
    let [now, calls] = [0, 0]
    const embed: Embed = async (texts, signal) => {
      calls += 1
      if (calls === 1) throw new Error('out of order')
      return byLetter(texts, signal)
    }
    const embeddings = over(embed, { clock: () => now })
    const ask = () => embeddings.likeness('banana', [0, 1])
    expect(await ask()).toBeUndefined()
    now = 59_999
    expect([await ask(), calls]).toEqual([undefined, 1])
    now = 60_000
    expect(await ask()).toEqual([0, 1])
  })

  test('a search waits three seconds for it', async () => {
    vi.useFakeTimers()
    try {
      let signal: AbortSignal | undefined
      const embed: Embed = (texts, given) => {
        signal = given
        return texts.length > 1 ? byLetter(texts, given) : new Promise(() => {})
      }
      const log = LOG()
      const waiting = over(embed, { log }).likeness('a', [0])
      await vi.advanceTimersByTimeAsync(2999)
      expect(signal?.aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect([await waiting, signal?.aborted]).toEqual([undefined, true])
      expect(log.warn).toHaveBeenCalledTimes(1)
    } finally {
      vi.useRealTimers()
    }
  })

  test('what goes on in the background ends when the service does, without a word', async () => {
    const log = LOG()
    let signal: AbortSignal | undefined
    const embed: Embed = (_, given) => {
      signal = given
      return new Promise((_resolve, reject) => given.addEventListener('abort', () => reject(given.reason)))
    }
    const embeddings = over(embed, { log })
    const waiting = embeddings.likeness('a', [0])
    embeddings.close()
    expect([await waiting, signal?.aborted]).toEqual([undefined, true])
    expect(log.warn).not.toHaveBeenCalled()
  })
})

describe('a search with a model', () => {
  const catalogue = new Catalogue({ entries: packagedConnectors })
  const need = 'erase report.pdf permanently'
  const namesOf = async (search: Search, count: number) =>
    (await search.actions(need, { count })).map(({ connector, action }) => `${connector.name}.${action.name}`)
  /** A model to which the need is like one action, and like another least of all. */
  const favouring =
    (one: string, least: string): Embed =>
    async (texts) =>
      texts.map((text) => (text === need || text.includes(one) ? [1, 0] : text.includes(least) ? [-1, 0] : [0, 1]))
  const words = (name = '') => `: ${(name.split('.')[1] ?? '').replaceAll('_', ' ')}.`

  test('ranks higher what is like the need, among what the words find', async () => {
    const plain = await namesOf(new Search({ catalogue }), 50)
    const [first, second] = plain
    const ranked = await namesOf(new Search({ catalogue, embed: favouring(words(second), words(first)) }), 50)
    expect(ranked[0]).toBe(second)
    expect([...ranked].sort()).toEqual([...plain].sort())
  })

  test('is by words where the model fails', async () => {
    const failing = new Search({ catalogue, embed: () => Promise.reject(new Error('out of order')) })
    expect(await namesOf(failing, 10)).toEqual(await namesOf(new Search({ catalogue }), 10))
    await failing.close()
  })

  test('of connectors, or by words alone, asks no model', async () => {
    const embed = vi.fn(byLetter)
    expect(await new Search({ catalogue, embed }).actions(need, { count: 3, byWordsAlone: true })).toHaveLength(3)
    expect(await new Search({ catalogue, embed }).connectors(need, { count: 3 })).not.toEqual([])
    expect(embed).not.toHaveBeenCalled()
  })
})
