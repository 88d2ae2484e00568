import { z } from 'zod'
import { isPlainObject } from '../../base/json.js'
import { once } from '../../base/once.js'
import { inputForms, takesFiles } from '../schema-forms.js'
import { responseShaping } from '../shaping.js'
import type { Schema } from './tidy.js'

const shapingParameters = once(() => propertiesOf(inputForms('shaping', z.strictObject(responseShaping)).full))

/**
 * The full schema of a shaped action, made from that of its own parameters. With a file among these the action takes a form,
 * which cannot carry `response_filters`.
 */
export function withShaping(own: Schema): Schema {
  const { response_filters, response_fields } = shapingParameters()
  const shaping = takesFiles(own) ? { response_fields } : { response_filters, response_fields }
  return { ...own, properties: { ...propertiesOf(own), ...shaping } }
}

/** What `withShaping` was given. @param whole the full schema of a shaped action */
export function withoutShaping(whole: Schema): Schema {
  const { response_filters: _, response_fields: __, ...properties } = propertiesOf(whole)
  return { ...whole, properties }
}

const propertiesOf = ({ properties }: Schema): Schema => (isPlainObject(properties) ? properties : {})
