/** Up to this length the platform's search is fast enough even in its worst case. Characters. */
const SHORT = 64
/** The cost of one more call of the platform's search, in characters compared. */
const CALL = 1000
/** How often text may be compared in vain, as a multiple of its length, before the steadier search takes over. */
const PATIENCE = 4

/**
 * Replaces every `needle` by `replacement`, in linear time for any two texts. The platform's own search takes
 * up to the product of both lengths for hostile texts, and here one may come from the user who linked an account
 * and the other from a third party: 30 s for a needle of 16 kB in a text of 8 MB.
 * @param needle not empty
 */
export function replaceText(text: string, needle: string, replacement: string): string {
  if (needle.length <= SHORT) return text.includes(needle) ? text.replaceAll(needle, () => replacement) : text
  if (!text.includes(needle.slice(0, SHORT))) return text
  let out = ''
  let written = 0
  for (const at of placesOf(text, needle)) {
    out += text.slice(written, at) + replacement
    written = at + needle.length
  }
  return written === 0 ? text : out + text.slice(written)
}

/** Whether `needle` is in the text, in linear time for any two texts. @param needle not empty */
export function includesText(text: string, needle: string): boolean {
  if (needle.length <= SHORT) return text.includes(needle)
  return text.includes(needle.slice(0, SHORT)) && !placesOf(text, needle).next().done
}

/** Where `needle` begins, from left to right, none inside another. */
function* placesOf(text: string, needle: string): Generator<number> {
  const head = needle.slice(0, SHORT)
  let wasted = 0
  let from = 0
  for (let at = text.indexOf(head); at !== -1; at = text.indexOf(head, from)) {
    if (text.startsWith(needle, at)) {
      yield at
      from = at + needle.length
      continue
    }
    from = at + 1
    wasted += needle.length + CALL
    if (wasted > PATIENCE * text.length) return yield* steadyPlacesOf(text, needle, from)
  }
}

/** By Knuth, Morris and Pratt: what was read is never read again. @see https://doi.org/10.1137/0206024 */
function* steadyPlacesOf(text: string, needle: string, from: number): Generator<number> {
  const borders = bordersOf(needle)
  let matched = 0
  for (let at = from; at < text.length; at++) {
    while (matched > 0 && text.charCodeAt(at) !== needle.charCodeAt(matched)) matched = borders[matched - 1] ?? 0
    if (text.charCodeAt(at) === needle.charCodeAt(matched)) matched++
    if (matched < needle.length) continue
    yield at + 1 - needle.length
    matched = 0
  }
}

/** For each beginning of the needle, the length of its longest proper part that it both begins and ends with. */
function bordersOf(needle: string): Uint32Array {
  const borders = new Uint32Array(needle.length)
  let length = 0
  for (let at = 1; at < needle.length; at++) {
    while (length > 0 && needle.charCodeAt(at) !== needle.charCodeAt(length)) length = borders[length - 1] ?? 0
    if (needle.charCodeAt(at) === needle.charCodeAt(length)) length++
    borders[at] = length
  }
  return borders
}
