import { describe, expect, test } from 'vitest'
import { defineAction, defineConnector, request } from '../../../../src/kit/index.js'
import { everyConnector } from '../connectors.js'
import { budgetFaults, type Measured, TOO_LONG } from './budgets.js'
import { type Example, examplesOf } from './examples.js'
import { shown, WHOLE } from './measured.js'

/** Why an action may have no answer that could be measured. */
const NO_ANSWER = /^it gives a file$|^its third party is not described/

/** Examples that say nothing, and why there is none that does. */
const EMPTY: Readonly<Record<string, string>> = {
  'github list_project_items': 'an item that is made of the schema is an archived one, which is left out',
}

async function emptyLists(examples: readonly Example[]): Promise<string[]> {
  const names = []
  for (const example of examples) {
    const { data } = await example.answer(undefined)
    if (Array.isArray(data) && data.length === 0) names.push(`${example.connector} ${example.action.name}`)
  }
  return names
}

/** What a model pays for an answer of which it named no fields, for every action. `npm run bench:answers` prints it. */
describe('the default answer of every action', () => {
  test.each(everyConnector.map((proven) => [proven.connector.name, proven] as const))(
    'of %s fits into its budget on its example',
    async (name, proven) => {
      const { examples, without } = await examplesOf(proven)
      for (const [action, reason] of without)
        process.stderr.write(`answers: ${name} ${action} is left out: ${reason}\n`)
      const measured: Measured[] = []
      for (const example of examples)
        measured.push({
          name: `${name} ${example.action.name}`,
          usual: await shown(example),
          whole: await shown(example, { maxTokens: WHOLE }),
        })
      const here = Object.entries(TOO_LONG).filter(([listed]) => listed.startsWith(`${name} `))
      // An action whose third party is not described on this machine has no example.
      const known = here.filter(([listed]) => !without.has(listed.slice(name.length + 1)))
      expect(budgetFaults(measured, Object.fromEntries(known))).toEqual([])
      expect(measured.length + without.size).toBe(proven.connector.actions.length)
      expect([...without].filter(([, reason]) => !NO_ANSWER.test(reason))).toEqual([])
      expect(await emptyLists(examples)).toEqual(Object.keys(EMPTY).filter((listed) => listed.startsWith(`${name} `)))
    },
    60_000,
  )

  test('is refused where it is too long, is listed with too few tokens, or is listed and fits', async () => {
    const wordy = defineAction({
      name: 'list_issues',
      description: 'Lists issues.',
      effect: 'read',
      input: {},
      run: request('GET /issues'),
    })
    const connector = defineConnector({
      name: 'wordy',
      title: 'Wordy',
      description: 'Says much.',
      categories: ['development'],
      port: 'http',
      baseUrl: 'https://hacker-news.firebaseio.com',
      auth: {},
      actions: [wordy],
    })
    const measuredWith = async (words: number): Promise<Measured[]> => {
      const json = [{ body: 'a word and another '.repeat(words) }]
      const { examples } = await examplesOf({ connector, data: { answer: () => ({ json }) } })
      const [example] = examples
      if (!example) return expect.fail('there is no example')
      const [usual, whole] = [await shown(example), await shown(example, { maxTokens: WHOLE })]
      return [{ name: 'wordy list_issues', usual, whole }]
    }
    const listed = (tokens: number) => ({ 'wordy list_issues': { tokens, reason: 'it is a test' } })
    // Thirty items of one word each, and of a hundred.
    expect(budgetFaults(await measuredWith(1), {})).toEqual([])
    const long = await measuredWith(100)
    expect(budgetFaults(long, {})).toEqual([expect.stringMatching(/tokens by default, of at most 6000, and is cut/)])
    expect(budgetFaults(long, listed(20_000))).toEqual([])
    expect(budgetFaults(long, listed(7_000))).toEqual([expect.stringMatching(/of at most 7000/)])
    expect(budgetFaults(await measuredWith(1), listed(7_000))).toEqual([expect.stringMatching(/listed.*and fits/)])
    expect(budgetFaults([], listed(7_000))).toEqual([expect.stringMatching(/listed.*has no example/)])
  })
})
