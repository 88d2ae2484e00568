import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const FOLDER = join(import.meta.dirname, '../../../src/connectors')

/** The names of actions in the source of a connector, each with whether a comment with `@see` stands above it. */
export function referencesIn(source: string): Map<string, boolean> {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true)
  const found = new Map<string, boolean>()
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText(file) === 'name' && ts.isStringLiteral(node.initializer)) {
      found.set(node.initializer.text, isReferenced(node, file))
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** Looks from a node outwards, up to its statement or its place in a list. */
function isReferenced(node: ts.Node, file: ts.SourceFile): boolean {
  const comments = ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []
  if (comments.some(({ pos, end }) => /@see\s+\S/.test(file.text.slice(pos, end)))) return true
  if (ts.isStatement(node) || ts.isSourceFile(node) || ts.isArrayLiteralExpression(node.parent)) return false
  return isReferenced(node.parent, file)
}

/** The same for a connector of the package: its file, or all files of its folder. */
export function referencesOf(connector: string): Map<string, boolean> {
  const folder = join(FOLDER, connector)
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false
  const files = isFolder
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => join(folder, file))
    : [`${folder}.ts`]
  return new Map(files.flatMap((file) => [...referencesIn(readFileSync(file, 'utf8'))]))
}
