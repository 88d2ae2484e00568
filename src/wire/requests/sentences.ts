import { z } from 'zod'

/**
 * The sentence a caller gets for an invalid field of a request, by the field's name; the faults themselves are the
 * issues.
 */
export const sentences = z.registry<Readonly<Record<string, string>>>()
