import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, type GraphQLSchema } from 'graphql'
import ts from 'typescript'
import { once } from '../../../src/base/once.js'

/**
 * Linear's schema. The vendor's client has it not as a file, but as types that a generator wrote of it: one type alias for each
 * type, `QueryIssuesArgs` for the arguments of `Query.issues`, `Maybe` for what may be null. They say everything that a document
 * and its variables are held against.
 * @see https://the-guild.dev/graphql/codegen/plugins/typescript/typescript
 */
export const linearSchema = once(
  (): GraphQLSchema => buildSchema(definitions(), { assumeValidSDL: true, noLocation: true }),
)

const DIST = join(import.meta.dirname, '../../../node_modules/@linear/sdk/dist')

type Members = readonly ts.PropertySignature[]

interface Aliases {
  /** The members of a type or an input by name. */
  objects: ReadonlyMap<string, { members: Members; interfaces: readonly string[] }>
  /** The arguments of a field, by the name of type and field in lower case: the generator writes `attachmentsForURL` otherwise. */
  args: ReadonlyMap<string, Members>
  unions: ReadonlyMap<string, readonly string[]>
  enums: ReadonlyMap<string, readonly string[]>
  scalars: readonly string[]
}

const BUILT_IN = ['ID', 'String', 'Boolean', 'Int', 'Float']

/** The part of its typings that was made of the schema comes first. */
const typings = (): ts.SourceFile => {
  const [file = ''] = readdirSync(DIST).filter((name) => /^index-.*\.d\.mts$/.test(name))
  const [, written = ''] = readFileSync(join(DIST, file), 'utf8').split(/^\/\/#(?:end)?region.*$/m)
  return ts.createSourceFile(file, written, ts.ScriptTarget.Latest, true)
}

/** The whole schema as text. */
function definitions(): string {
  const aliases = aliasesIn(typings())
  const interfaces = new Set([...aliases.objects.values()].flatMap((object) => object.interfaces))
  return [
    ...aliases.scalars.map((name) => `scalar ${name}`),
    ...[...aliases.enums].map(([name, values]) => `enum ${name} { ${values.join(' ')} }`),
    ...[...aliases.unions].map(([name, types]) => `union ${name} = ${types.join(' | ')}`),
    ...[...aliases.objects].map(([name, object]) => definition(name, object, interfaces.has(name), aliases)),
  ].join('\n')
}

/** What can be asked for has a name; arguments, which become parts of their fields, and inputs have none. */
const isOutput = (members: Members): boolean => members.some((member) => nameOf(member) === '__typename')

function definition(
  name: string,
  { members, interfaces }: { members: Members; interfaces: readonly string[] },
  isInterface: boolean,
  aliases: Aliases,
): string {
  const kind = isInterface ? 'interface' : isOutput(members) ? 'type' : 'input'
  const has = interfaces.length > 0 ? ` implements ${interfaces.join(' & ')}` : ''
  const fields = members
    .filter((member) => nameOf(member) !== '__typename')
    .map((member) => {
      const given = aliases.args.get(`${name}${nameOf(member)}Args`.toLowerCase()) ?? []
      const takes = kind === 'input' || given.length === 0 ? '' : `(${given.map((one) => field(one, true)).join(' ')})`
      return field(member, kind === 'input', takes)
    })
  return `${kind} ${name}${has} { ${fields.join(' ')} }`
}

const field = (member: ts.PropertySignature, isInput: boolean, takes = ''): string => {
  const isOptional = member.questionToken !== undefined
  const type = member.type ? typeOf(member.type) : 'String'
  return `${nameOf(member)}${takes}: ${isOptional ? type.replace(/!$/, '') : type}${deprecation(member, isInput)}`
}

/** What must be given cannot be deprecated. @see https://spec.graphql.org/October2021/#sec--deprecated */
const deprecation = (member: ts.PropertySignature, isInput: boolean): string =>
  ts.getJSDocDeprecatedTag(member) && !(isInput && !member.questionToken) ? ' @deprecated' : ''

/** `Maybe<Array<Scalars['String']>>` is `[String!]`. */
function typeOf(type: ts.TypeNode): string {
  if (ts.isIndexedAccessTypeNode(type)) return `${type.indexType.getText().slice(1, -1)}!`
  if (!ts.isTypeReferenceNode(type)) return 'JSONObject'
  const name = type.typeName.getText()
  const [inner] = type.typeArguments ?? []
  if (!inner) return `${name}!`
  return name === 'Array' ? `[${typeOf(inner)}]!` : typeOf(inner).replace(/!$/, '')
}

const nameOf = (member: ts.PropertySignature): string => member.name.getText()

const membersIn = (literal: ts.TypeNode): Members =>
  ts.isTypeLiteralNode(literal) ? literal.members.filter(ts.isPropertySignature) : []

/** What the generator made of documents, and helpers of its own, are no types of the schema. */
const isFromDocument = (name: string) =>
  /(Fragment|Query|Mutation|Variables|Scalars)$/.test(name) && !/^(Query|Mutation)$/.test(name)

function aliasesIn(file: ts.SourceFile): Aliases {
  const objects = new Map<string, { members: Members; interfaces: readonly string[] }>()
  const args = new Map<string, Members>()
  const unions = new Map<string, readonly string[]>()
  const enums = new Map<string, readonly string[]>()
  let scalars: readonly string[] = []
  for (const statement of file.statements) {
    if (ts.isEnumDeclaration(statement)) {
      enums.set(
        statement.name.text,
        statement.members.map(({ initializer }) => initializer?.getText().slice(1, -1) ?? ''),
      )
    }
    if (!ts.isTypeAliasDeclaration(statement)) continue
    const { name, type, typeParameters } = statement
    if (name.text === 'Scalars')
      scalars = membersIn(type)
        .map(nameOf)
        .filter((one) => !BUILT_IN.includes(one))
    if (typeParameters || isFromDocument(name.text)) continue
    if (ts.isUnionTypeNode(type))
      unions.set(
        name.text,
        type.types.map((one) => one.getText()),
      )
    const parts = ts.isIntersectionTypeNode(type) ? type.types : [type]
    if (!parts.some(ts.isTypeLiteralNode)) continue
    const members = parts.flatMap((part) => membersIn(part))
    const interfaces = parts.filter(ts.isTypeReferenceNode).map((one) => one.getText())
    if (/Args$/.test(name.text) && !isOutput(members)) args.set(name.text.toLowerCase(), members)
    else objects.set(name.text, { members, interfaces })
  }
  return { objects, args, unions, enums, scalars }
}
