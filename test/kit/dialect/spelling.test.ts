import fc from 'fast-check'
import { expect, test } from 'vitest'
import { camelCase, snakeCase } from '../../../src/kit/dialect/spelling.js'

test.each([
  ['page_size', 'pageSize'],
  ['include_items_from_all_drives', 'includeItemsFromAllDrives'],
  ['pageToken', 'pageToken'],
  ['q', 'q'],
  ['$top', '$top'],
  ['_private', '_private'],
  ['a_b_c', 'aBC'],
  ['template@odata.bind', 'template@odata.bind'],
])('%s leaves as %s', (name, vendors) => {
  expect(camelCase(name)).toBe(vendors)
})

// The examples of the published service's rule.
test.each([
  ['eTag', 'e_tag'],
  ['iCalUID', 'i_cal_uid'],
  ['isEnrolledIn2Sv', 'is_enrolled_in2_sv'],
  ['md5Checksum', 'md5_checksum'],
  ['nextPageToken', 'next_page_token'],
  ['thumbnailLink', 'thumbnail_link'],
  ['already_ours', 'already_ours'],
])('%s is told as %s', (name, ours) => {
  expect(snakeCase(name)).toBe(ours)
})

test('a name of words that begin with a letter comes back as it was', () => {
  const word = fc.stringMatching(/^[a-z][a-z]{1,8}$/)
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      expect(snakeCase(camelCase(words.join('_')))).toBe(words.join('_'))
    }),
  )
})
