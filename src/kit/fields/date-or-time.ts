import { z } from 'zod'

const DAY_MS = 86_400_000
const date = z.iso.date()
const dateTime = z.iso.datetime({ offset: true, local: true })

/**
 * An input field for a moment: an ISO 8601 date or date-time, in UTC where it has no offset. The action gets it as
 * `YYYY-MM-DDTHH:MM:SSZ`.
 * @param description what the moment bounds
 * @param wholeDay which end of the day a date without a time means
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export const dateOrTime = (description: string, wholeDay: 'start' | 'end') =>
  z
    .string()
    .describe(`${description}. ISO 8601 date or date-time; UTC unless an offset is given`)
    .transform((text, context) => {
      const time = toTime(text.trim(), wholeDay)
      if (time !== undefined) return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
      context.issues.push({ code: 'custom', message: 'is not an ISO 8601 date or date-time', input: text })
      return z.NEVER
    })

/** Milliseconds since the epoch, or undefined for what is not a moment of the calendar. */
function toTime(text: string, wholeDay: 'start' | 'end'): number | undefined {
  if (date.safeParse(text).success) return Date.parse(text) + (wholeDay === 'end' ? DAY_MS - 1 : 0)
  const strict = text.toUpperCase().replace(' ', 'T')
  if (!dateTime.safeParse(strict).success) return undefined
  return Date.parse(/(?:Z|[+-]\d{2}:?\d{2})$/.test(strict) ? strict : `${strict}Z`)
}
