import { z } from 'zod'
import type { Secret } from '../base/secret.js'
import { ConfigError } from './config-error.js'
import { httpUrl } from './connectors.js'

/** An endpoint that ranks what a search for actions finds; it is sent what is searched for. */
export interface EmbeddingSettings {
  /** Its base, to which `/embeddings` is appended. */
  url: string
  model: string
  apiKey: Secret | undefined
}

const NAMES = { url: 'CONNECTORS_EMBEDDING_URL', model: 'CONNECTORS_EMBEDDING_MODEL' }
const API_KEY = 'CONNECTORS_EMBEDDING_API_KEY'

export const EMBEDDING_SETTINGS = [...Object.values(NAMES), API_KEY]

interface Reading {
  secret(name: string): Secret | undefined
  checked<Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> | undefined
}

/** @returns undefined where no endpoint is named; @throws ConfigError for one without a model */
export function readEmbeddingSettings({ secret, checked }: Reading): EmbeddingSettings | undefined {
  const url = checked(NAMES.url, httpUrl)
  const model = checked(NAMES.model, z.string())
  if (url === undefined) return undefined
  if (new URL(url).search !== '') throw new ConfigError(`${NAMES.url} takes a URL without a query.`)
  if (model === undefined) throw new ConfigError(`${NAMES.url} needs ${NAMES.model}, too.`)
  return { url, model, apiKey: secret(API_KEY) }
}

/** Sentences about settings that have no effect. @param given the names that are set */
export const embeddingWithoutUrl = (given: readonly string[]): string[] =>
  given.includes(NAMES.url)
    ? []
    : [NAMES.model, API_KEY]
        .filter((name) => given.includes(name))
        .map((name) => `${name} has no effect without ${NAMES.url}.`)
