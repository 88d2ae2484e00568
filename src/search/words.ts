import { stemmer } from 'stemmer'

/** A longer word is cut: stemming takes its time for each character. Characters. */
const LONGEST_WORD = 40

/** A word as it was written, in lower case and without accents, and what it is compared by. */
export interface Word {
  text: string
  stem: string
}

/** What is written without spaces between words, or with few of them. */
const UNSPACED_RUN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Hangul}]+/gu
const STARTS_UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Hangul}]/u

/** Reads words. It keeps the stems that it has made, so it lives as long as one index is built or one need is read. */
export class WordReader {
  readonly #stems = new Map<string, string>()

  /**
   * The words of a text, identifiers split: `listOpenPRs`, `list_open_prs` and `list open PRs` have the same ones. In scripts
   * without spaces two neighbouring characters are a word.
   * @param most how many characters are read
   */
  read(text: string, most: number): Word[] {
    const runs =
      split(text.slice(0, most))
        .slice(0, most)
        .match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
    return runs.flatMap((run) => (STARTS_UNSPACED.test(run) ? pairsOf(run) : this.#partsOf(run.slice(0, LONGEST_WORD))))
  }

  word(text: string): Word {
    return { text, stem: this.#stemOf(text) }
  }

  /** `mp3` is one word; in `base64file` so are its letters. */
  #partsOf(run: string): Word[] {
    const parts = /\d/.test(run) ? run.split(/\d+/).filter((part) => part.length > 2 && part !== run) : []
    return [run, ...parts].map((part) => this.word(part))
  }

  #stemOf(text: string): string {
    const known = this.#stems.get(text)
    if (known !== undefined) return known
    // The stemmer knows English alone.
    const stem = /^[a-z]{3,}$/.test(text) ? stemmer(text) : text
    this.#stems.set(text, stem)
    return stem
  }
}

/** Lower case, without accents, and with spaces where a word ends inside an identifier. */
const split = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/['’]s(?![\p{L}\p{N}])/gu, ' ')
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replace(UNSPACED_RUN, ' $& ')
    .toLowerCase()

function pairsOf(run: string): Word[] {
  const characters = [...run]
  const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`)
  return (pairs.length === 0 ? [run] : pairs).map((text) => ({ text, stem: text }))
}
