import { type FieldError, invalidParameters } from '../../base/errors.js'
import { type ConfigurationField, type Connector, configurationFields, type z } from '../../kit/index.js'
import type { Prefill } from './deps.js'
import type { FormValues } from './link.js'

/** The longest value, in characters. */
const LONGEST = 1024
/** The most characters that an error repeats of a name invented by the caller. */
const LONGEST_NAME = 64

/** What may be filled in by an agent: no secrets, and no settings, which may contain some. */
const isOpen = ({ kind }: ConfigurationField): boolean => kind !== 'secret' && kind !== 'json'

/**
 * The values that an agent fills into the form of a connector, for the person to check. The form is never sent by itself.
 * @throws INVALID_PARAMETERS for secret or unknown fields and invalid values; no value is quoted
 */
export function parsePrefill({ title, auth }: Connector, given: Prefill): FormValues {
  const { custom } = auth
  const fields = custom ? configurationFields(custom).filter(isOpen) : []
  if (fields.length === 0) {
    const message = `The page of ${title} has no fields that can be filled in beforehand; leave prefill out.`
    throw invalidParameters(message, [{ field: 'prefill', message: 'is not possible here' }])
  }
  const faults: FieldError[] = []
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    const field = fields.find((one) => one.name === name)
    const fault = field ? faultOf(field, custom?.fields[name] as z.ZodType, value) : 'cannot be filled in beforehand'
    if (fault !== undefined) faults.push({ field: `prefill.${name.slice(0, LONGEST_NAME)}`, message: fault })
    else if (value !== null && value !== false) values[name] = String(value)
  }
  if (faults.length === 0) return { by: 'agent', values, again: [] }
  throw invalidParameters(
    `prefill takes ${fields.map(({ name }) => name).join(', ')} for ${title}, each as in a configuration; the person types secrets on the page.`,
    faults.slice(0, 20),
  )
}

function faultOf({ kind, choices }: ConfigurationField, schema: z.ZodType, value: Prefill[string]): string | undefined {
  if (value === null) return undefined
  const text = String(value)
  if ((kind === 'choice' || kind === 'options') && !choices.some((choice) => choice.value === value)) {
    return `must be one of ${choices.map((choice) => choice.value).join(', ')}`
  }
  if (!schema.safeParse(value).success) return 'is not a valid value of this field'
  if (text.length > LONGEST) return `is longer than ${LONGEST} characters`
  return /\p{Cc}/u.test(text) ? 'contains a control character' : undefined
}
