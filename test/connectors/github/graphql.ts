import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import { github } from '../../../src/connectors/github/index.js'
import type { ServiceCall } from '../../../src/kit/call.js'
import { playDocuments, type SeenDocument } from '../graphql-play.js'

const SCHEMA = 'node_modules/@octokit/graphql-schema/schema.graphql'

/** Plays an action of GitHub against its schema. @param root what GitHub has */
export const ask = (action: string, input: object, root: object = {}, call: Partial<ServiceCall> = {}) =>
  playDocuments(github, action, input, { schema: SCHEMA, root, call })

export const accountWith = (...scopes: string[]) => ({ account: { identifier: 'octocat', scopes } })

/**
 * How much a document makes GitHub look at: the nodes that it may have, and the points that it takes of 5,000 in an hour.
 * @see https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export function costOf({ query, variables }: SeenDocument): { nodes: number; points: number } {
  const document: DocumentNode = parse(query)
  const fragments = new Map(
    document.definitions
      .filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  )
  const valueOfNode = (value: ValueNode | undefined): unknown => {
    if (value?.kind === Kind.VARIABLE) return variables[value.name.value]
    return value?.kind === Kind.INT ? Number(value.value) : undefined
  }
  let [nodes, requests] = [0, 0]
  const walk = (set: SelectionSetNode | undefined, times: number): void => {
    for (const one of set?.selections ?? []) {
      const include = one.directives?.find(({ name }) => name.value === 'include')?.arguments?.[0]
      if (include && valueOfNode(include.value) === false) continue
      if (one.kind === Kind.FRAGMENT_SPREAD) walk(fragments.get(one.name.value)?.selectionSet, times)
      else if (one.kind === Kind.INLINE_FRAGMENT) walk(one.selectionSet, times)
      else {
        const size = one.arguments?.find(({ name, value }) => /^(?:first|last)$/.test(name.value) && valueOfNode(value))
        const count = Number(valueOfNode(size?.value) ?? 1)
        if (size) {
          nodes += times * count
          requests += times
        }
        walk(one.selectionSet, times * count)
      }
    }
  }
  walk(
    document.definitions.find((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION)
      ?.selectionSet,
    1,
  )
  return { nodes, points: Math.max(1, Math.round(requests / 100)) }
}

/** A connection as GitHub cuts it. */
export function connectionOf<Node>(all: readonly Node[]) {
  return ({ first, after, last, before }: { first?: number; after?: string; last?: number; before?: string }) => {
    const begin = after === undefined ? 0 : Number(after.slice(1)) + 1
    const end = before === undefined ? all.length : Number(before.slice(1))
    const from = last === undefined ? begin : Math.max(begin, end - last)
    const to = first === undefined ? end : Math.min(end, from + first)
    const nodes = all.slice(from, to)
    const pageInfo = {
      // GitHub looks into the direction it goes in.
      hasNextPage: last === undefined && to < all.length,
      hasPreviousPage: first === undefined && from > 0,
      startCursor: nodes.length === 0 ? null : `c${from}`,
      endCursor: nodes.length === 0 ? null : `c${to - 1}`,
    }
    return { nodes, pageInfo, totalCount: all.length }
  }
}
