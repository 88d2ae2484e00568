import * as z from 'zod'
import type { Json } from '../../base/json.js'
import { parseRequest } from '../../wire/requests/index.js'
import { refuseLargeShaping, responseShaping, shape } from '../../wire/shaping.js'

const filters = z.object({ response_filters: responseShaping.response_filters.optional() })

/** What a call asks of an answer that is shaped here and not by the action. */
interface ShapingArguments {
  response_fields?: readonly string[] | undefined
  response_filters?: readonly Readonly<Record<string, unknown>>[] | undefined
}

/**
 * Makes the function that applies conditions and fields to an answer.
 * @throws INVALID_PARAMETERS at once, before an answer is asked for
 */
export function shaperOf(args: ShapingArguments): (data: Json) => Json {
  refuseLargeShaping(args)
  const { response_filters } = parseRequest(filters, args)
  const response_fields = args.response_fields && [...args.response_fields]
  return (data) => shape(data, { response_fields, response_filters })
}
