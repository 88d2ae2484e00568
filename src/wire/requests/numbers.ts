import { z } from 'zod'

/** A number in a query, which arrives as text. An empty text is 0, as in JavaScript. */
export const wholeNumber = (least: number, most: number, fault: string) =>
  z.coerce.number(fault).int(fault).min(least, fault).max(most, fault)
