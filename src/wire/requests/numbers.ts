import { z } from 'zod'

/** A number of a query, which travels as text. An empty text is 0, as JavaScript reads it. */
export const wholeNumber = (least: number, most: number, fault: string) =>
  z.coerce.number(fault).int(fault).min(least, fault).max(most, fault)
