import { expect } from 'vitest'
import type { Action } from '../../src/kit/action.js'
import type { Connector } from '../../src/kit/connector.js'

const SHAPING = ['response_filters', 'response_fields']

/**
 * A connector as an agent and a person see it, as JSON text for a snapshot. The two parameters for shaping are the same
 * everywhere; they stand there once.
 */
export function definitionsOf(connector: Connector): string {
  const { name, title, description, categories, auth, port, baseUrl, headers, actions } = connector
  const shaped = actions.filter(({ shaping }) => shaping)
  const shaping = shaped.map((action) => pick(propertiesOf(action), (key) => SHAPING.includes(key)))
  // Beside a file there is only one of them.
  const parameters = Object.assign({}, ...shaping)
  for (const one of shaping) expect(parameters).toMatchObject(one)
  const definition = {
    connector: { name, title, description, categories, port, baseUrl, headers },
    auth: {
      ...(auth.oauth2 ? { oauth2: auth.oauth2 } : {}),
      ...(auth.custom ? { custom: { fields: Object.keys(auth.custom.fields), help: auth.custom.help } } : {}),
    },
    shaping: parameters,
    actions: actions.map(definitionOf),
  }
  return `${JSON.stringify(definition, null, 2)}\n`
}

function definitionOf(action: Action): Record<string, unknown> {
  const { name, description, examples, effect, scopes, shaping } = action
  const { full, conservative, takesFiles } = action.forms()
  const own = (key: string) => !SHAPING.includes(key)
  return {
    name,
    description,
    examples,
    effect,
    scopes,
    shaping,
    takesFiles,
    full: { ...full, properties: pick(propertiesOf(action), own) },
    conservative: pick(conservative.properties, own),
  }
}

const propertiesOf = (action: Action): Record<string, unknown> =>
  (action.forms().full.properties ?? {}) as Record<string, unknown>

const pick = (properties: Record<string, unknown>, wanted: (key: string) => boolean): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => wanted(key)))
