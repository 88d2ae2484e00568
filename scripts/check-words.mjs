// node scripts/check-words.mjs: words and turns of phrase that a newcomer has to decipher, with what to say instead. Looks at
// the sources, the guides and the papers; part of `npm run check`.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What is not written here, and what is written in its place. */
const PHRASES = [
  [/\bunless (?:told|given)\b/gi, 'by default'],
  [/\bg(?:ives?|ave|iven) back\b/gi, 'returns'],
  [/\bwhoever\b/gi, 'the person who, the caller that'],
  [/\bnobody\b/gi, 'no one, no caller, or a sentence with another subject'],
  [/\banew\b/gi, 'again'],
  [/\bof (?:ours|theirs)\b/gi, 'our own, the other ones'],
  [/\bbesides\b/gi, 'in addition to, also'],
  [/(?<!\bthere )\b(?:is|are) no (?!longer\b|more\b|one\b|such\b|need\b|way\b)[a-z]/gi, 'is not a'],
  [/\b(?:is|are) good for\b/gi, 'is valid for'],
  [/\bmend(?:s|ed|ing)?\b/gi, 'fix, correct, repair'],
  [/\b(?:is|are|be|been|was|were) told\b/gi, 'is reported, is shown, receives'],
  [/\bblacke?[ds]? out\b/gi, 'redact'],
  [/\bplayed again\b/gi, 'retried'],
  [/\b(?:thereby|hitherto|whence|hence|lest|ere)\b/gi, 'plain words of today'],
]

const root = resolve(import.meta.dirname, '..')
const inFolder = (folder, ending) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))
const papers = readdirSync(root).filter((file) => file.endsWith('.md'))
const files = [...inFolder('src', '.ts'), ...inFolder('docs', '.md'), ...inFolder('scripts', '.ts'), ...papers]

let found = 0
for (const file of files)
  readFileSync(join(root, file), 'utf8')
    .split('\n')
    .forEach((line, index) => {
      for (const [phrase, instead] of PHRASES)
        for (const [words] of line.matchAll(phrase)) {
          found++
          process.stdout.write(`${file}:${index + 1} "${words}": write ${instead}\n`)
        }
    })
process.stdout.write(`${files.length} files, ${found} odd phrases\n`)
process.exitCode = found === 0 ? 0 : 1
