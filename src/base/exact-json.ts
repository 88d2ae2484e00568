import { invalidParameters } from './errors.js'
import { keepsDigits, sameDecimal } from './json.js'

/**
 * Refuses JSON text with a number that loses digits when it is parsed: `9007199254740993` becomes the id of another record,
 * and the mistake goes unnoticed. In linear time; text without a number that long is not scanned.
 * @param text is parsed as JSON elsewhere; invalid JSON is not reported here
 * @param whole false if whole numbers are checked later: beyond 2^53 they can still be recognized as doubtful
 * @throws INVALID_PARAMETERS naming the place
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-6
 */
export function refuseRoundedNumbers(text: string, whole = true): void {
  if (!/[\d.]{16}/.test(text)) return
  const place: (string | number)[] = []
  /** The text of the last string, which is a key if a colon follows. */
  let string = ''
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === '"') {
      const end = endOfString(text, at)
      string = text.slice(at + 1, end)
      at = end
    } else if (char === '{') place.push('')
    else if (char === '[') place.push(0)
    else if (char === '}' || char === ']') place.pop()
    else if (char === ':') place[place.length - 1] = string
    else if (char === ',') {
      const last = place.at(-1)
      if (typeof last === 'number') place[place.length - 1] = last + 1
    } else if (char === '-' || (char >= '0' && char <= '9')) {
      const end = endOfNumber(text, at)
      const number = text.slice(at, end)
      if (end - at >= 16 && (whole || number.includes('.')) && isRounded(number)) throw rounded(place)
      at = end - 1
    }
  }
}

/** Some programs write all 17 digits that identify a double: `0.10000000000000001` for 0.1. */
const isRounded = (number: string): boolean =>
  !keepsDigits(number) && !(number.includes('.') && sameDecimal(number, Number(number).toPrecision(17)))

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === '\\') at += 1
    else if (char === '"') return at
  }
  return text.length
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && '0123456789.eE+-'.includes(text.charAt(end))) end += 1
  return end
}

const MOST_SHOWN = 200

const rounded = (place: readonly (string | number)[]) =>
  invalidParameters(
    'A number has more digits than a JSON number can hold exactly; pass it as text. The details name it.',
    [{ field: place.join('.').slice(0, MOST_SHOWN), message: 'would be rounded' }],
  )
