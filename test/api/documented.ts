import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { openApiDocument } from '../../src/wire/openapi/document.js'

const document = JSON.parse(JSON.stringify(openApiDocument('test'))) as ReturnType<typeof openApiDocument>
const ajv = new Ajv2020({ strict: false, allErrors: true })
ajv.addSchema(document, 'document')

/** A path template as an expression. Names of accounts and actions hold slashes. */
const expression = (template: string): RegExp =>
  new RegExp(
    `^${template
      .split(/(\{\w+\})/)
      .map((part) => {
        if (!part.startsWith('{')) return part.replaceAll('.', '\\.')
        return /user_identifier|action/.test(part) ? '.+' : '[^/]+'
      })
      .join('')}$`,
  )

/** What is written out comes before what is not, as in OpenAPI. */
const templates = Object.keys(document.paths)
  .sort((a, b) => a.split('{').length - b.split('{').length || b.length - a.length)
  .map((template) => ({ template, pattern: expression(template) }))

const compiled = new Map<string, ValidateFunction>()

interface Answered {
  status: number
  contentType: string
  /** Undefined where it is not JSON. */
  json: unknown
}

/** @throws Error where the API answers what its document does not say; a route or a method it does not have is not looked at */
export function checkDocumented(method: string, path: string, { status, contentType, json }: Answered): void {
  const bare = path.replace(/[?#].*$/, '')
  const { template } = templates.find(({ pattern }) => pattern.test(bare.replace(/(.)\/$/, '$1'))) ?? {}
  const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()]
  if (template === undefined || operation === undefined) return
  const responses = operation.responses as Record<string, { content?: Record<string, unknown> }>
  const key = responses[status] ? String(status) : 'default'
  const response = responses[key]
  const place = `${method} ${template} ${status}`
  if (!response) throw new Error(`The document does not say ${place}: ${JSON.stringify(json)}`)
  const [type = ''] = contentType.split(';')
  const known = Object.keys(response.content ?? {})
  if (known.length === 0) return
  if (!known.includes(type) && !known.includes('*/*'))
    throw new Error(`The document does not say ${type} for ${place}.`)
  if (type !== 'application/json' || !known.includes(type)) return
  const pointer = ['paths', template, method.toLowerCase(), 'responses', key, 'content', type, 'schema']
  const $ref = `document#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
  const validate = compiled.get($ref) ?? ajv.compile({ $ref })
  compiled.set($ref, validate)
  if (!validate(json)) throw new Error(`Not as documented, ${place}: ${ajv.errorsText(validate.errors)}`)
}
