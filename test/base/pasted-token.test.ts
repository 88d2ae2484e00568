import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanPastedToken } from '../../src/base/pasted-token.js'

const TOKEN = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'

test.each([
  TOKEN,
  ` ${TOKEN}\n`,
  `\u00a0${TOKEN}\u200b`,
  `\ufeff${TOKEN}\r\n`,
  `"${TOKEN}"`,
  `'${TOKEN}'`,
  ` \`${TOKEN}\` `,
  `" ${TOKEN} "`,
  `Bearer ${TOKEN}`,
  `"token ${TOKEN}"`,
])('%j is cleaned', (pasted) => {
  expect(cleanPastedToken(pasted)).toBe(TOKEN)
})

test('what a token may hold stays as it is', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\w.~+/=-]{1,60}$/), (token) => {
      expect(cleanPastedToken(token)).toBe(token)
    }),
  )
})
