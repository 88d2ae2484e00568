import { z } from 'zod'

/**
 * The sentence a caller gets when a field of a request does not fit, by the field's name; the faults themselves are the
 * issues.
 */
export const sentences = z.registry<Readonly<Record<string, string>>>()
