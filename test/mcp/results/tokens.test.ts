import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, test } from 'vitest'
import { estimateTokens, takesAtMost } from '../../../src/mcp/results/tokens.js'

const TESTS = resolve(import.meta.dirname, '../..')

/** What agents are shown, as the snapshots have it. */
const SNAPSHOTS = (readdirSync(TESTS, { recursive: true }) as string[]).filter((file) =>
  /__snapshots__\/.*\.(txt|md|json|snap)$/.test(file),
)

const ratio = (text: string): number => estimateTokens(text) / encode(text).length
const json = (make: (index: number) => unknown): string =>
  JSON.stringify(Array.from({ length: 200 }, (_, at) => make(at)))
const bytes = (count: number) => randomBytes(count)

test('whether a text fits is what the estimate says, also where the length alone shows it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 0, max: 120 }), (text, tokens) => {
      expect(takesAtMost(text, tokens)).toBe(estimateTokens(text) <= tokens)
    }),
    { numRuns: 5000 },
  )
})

describe('an estimate is at most 10 % below what o200k_base counts', () => {
  test('there are snapshots', () => {
    expect(SNAPSHOTS.length).toBeGreaterThan(15)
  })

  test.each(SNAPSHOTS)('on %s', (file) => {
    const found = ratio(readFileSync(join(TESTS, file), 'utf8'))
    expect(found).toBeGreaterThan(0.9)
    expect(found).toBeLessThan(1.6)
  })

  test.each([
    ['ids in hexadecimal', json(() => bytes(20).toString('hex'))],
    ['ids in base64', json(() => bytes(30).toString('base64url'))],
    ['rows of numbers', json((n) => [n * 7919, n / 7, 1_700_000_000_000 + n * 91_829])],
    ['times', json((n) => ({ created_at: new Date(1.7e12 + n * 1e9).toISOString() }))],
    ['addresses', json((n) => `https://api.example.com/repos/octocat/Hello-World/issues/${n}/comments{/number}`)],
    ['camel case', json((n) => ({ pullRequestNumber: n, isCrossRepository: false, headRefName: `feature/${n}` }))],
    ['English', json(() => 'Please send the quarterly report before tomorrow morning, with all regional figures.')],
    ['German', json(() => 'Größenänderungen über Äpfel und Straßenübergänge: Bitte schließen Sie die Tür.')],
    ['Chinese', json(() => '我们需要在会议之前完成所有的工作，并把结果发给客户。')],
    ['Japanese', json(() => '会議の前にすべての作業を完了する必要があります。')],
    ['Russian', json(() => 'Пожалуйста, пришлите отчёт о продажах до завтрашнего утра.')],
    ['Arabic', json(() => 'يرجى إرسال تقرير المبيعات للربع الثالث قبل صباح الغد')],
    ['Hindi', json(() => 'कृपया कल सुबह तक तीसरी तिमाही की बिक्री रिपोर्ट भेजें')],
    ['Amharic', json(() => 'እባክዎ የሽያጭ ሪፖርቱን ያረጋግጡ')],
    ['Khmer', json(() => 'សូមពិនិត្យមើលរបាយការណ៍លក់')],
    ['Lao', json(() => 'ກະລຸນາກວດເບິ່ງລາຍງານການຂາຍ')],
    ['Odia', json(() => 'ଦୟାକରି ବିକ୍ରୟ ରିପୋର୍ଟ ଯାଞ୍ଚ କରନ୍ତୁ')],
    ['phonetics', json(() => 'ˈnæʃənəl ðə θɪŋ')],
    ['mathematics', json(() => '∀x∈ℝ: ∑ ≤ ∞, ∫ ≠ √ ∂ ∇ ⊂ ∪ ⇒ ≈')],
    ['emoji', json(() => '😀🎉🚀👍🏽')],
  ])('on %s', (_what, text) => {
    expect(ratio(text)).toBeGreaterThan(0.9)
    expect(ratio(text)).toBeLessThan(2)
  })
})

test('an empty text has none', () => {
  expect(estimateTokens('')).toBe(0)
})
