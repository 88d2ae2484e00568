// npm run play [-- MAIN]: what a blind agent needs from nothing to an answer, and back from each of twelve mistakes. MAIN is the
// main.js of another built checkout to compare with. Prints calls and tokens of the results, for agents that read only the
// text and for those that read only the structured form.
import { resolve } from 'node:path'
import { MISTAKES, play } from './mistakes.js'

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const main = process.argv[2] ?? resolve(import.meta.dirname, '../../dist/main.js')
const tasks = [['nothing goes wrong', undefined] as const, ...Object.entries(MISTAKES)]
for (const reading of ['text', 'structured'] as const) {
  print(`\nAn agent that reads the ${reading}${' '.repeat(26 - reading.length)}calls  tokens`)
  for (const [name, mistake] of tasks) {
    const played = await play(main, mistake, reading).catch((error: Error) => error)
    const figures =
      played instanceof Error
        ? `   -       -   ${played.message.split('\n')[0]?.slice(0, 120)}`
        : `${String(played.calls.length).padStart(4)} ${String(played.tokens).padStart(7)}`
    print(`  ${name.padEnd(42)} ${figures}`)
  }
}
