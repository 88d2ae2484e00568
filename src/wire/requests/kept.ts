import { z } from 'zod'
import { sentences } from './sentences.js'

/** `POST /files`. The route reads the form itself: a part of it is bytes, not JSON. */
export const keepFileForm = z.object({
  file: z.unknown().meta({
    type: 'string',
    format: 'binary',
    description: 'The file, with its name and media type.',
  }),
})

/** `POST /results`. The service keeps the text of the body, this only says what it has to be. */
export const keepResultBody = z
  .object({
    data: z
      .unknown()
      .refine((data) => data !== undefined, 'is missing')
      .meta({ description: 'Any JSON value.' }),
    meta: z
      .record(z.string(), z.unknown(), 'is not an object')
      .nullish()
      .meta({ description: 'What the action said beside it.' }),
  })
  .register(sentences, {
    data: 'The body must have data: the result that is to be kept.',
    meta: 'meta must be an object or null.',
  })
