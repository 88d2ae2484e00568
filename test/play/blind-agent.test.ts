import { expect, test } from 'vitest'
import { MAIN } from '../built/build.js'
import { MISTAKES, play } from './mistakes.js'

/** Of all results on the way to the answer, as the agent reads them; twice what the longest way takes. */
const MOST_TOKENS = 2_200

/** The tools called, in order. Both kinds of agents must get by in the same way. */
const WAYS = {
  'nothing goes wrong':
    'authenticate, register_user, authenticate, search_actions, link_integration, check_link, read_connector',
  'an unknown user':
    'list_integrations, register_user, authenticate, search_actions, link_integration, check_link, read_connector',
  'a returning user who does not say so':
    'register_user, authenticate, search_actions, link_integration, check_link, read_connector',
  'not linked': 'execute_connector, link_integration, check_link, describe_connector, read_connector',
  'a wrong action': 'execute_connector, execute_connector',
  'a connector in other case': 'describe_connector, describe_connector, read_connector',
  'a wrong parameter': 'execute_connector, execute_connector',
  'the url beside the arguments': 'link_integration, link_integration, check_link, describe_connector, read_connector',
  'too many rows': 'execute_connector, execute_connector',
  'a change on a read-only account':
    'execute_connector, link_integration, check_link, describe_connector, read_connector, execute_connector',
  'a change by the tool that only reads': 'read_connector, execute_connector',
  'a link that the person cancels':
    'link_integration, check_link, link_integration, check_link, describe_connector, read_connector',
  'a link that expires':
    'link_integration, check_link, link_integration, check_link, describe_connector, read_connector',
  'text in place of an object': 'execute_connector',
}

test('there is a way from every mistake', () => {
  expect(Object.keys(WAYS)).toEqual(['nothing goes wrong', ...Object.keys(MISTAKES)])
})

test.each(
  Object.entries(WAYS).flatMap(([mistake, way]) =>
    (['text', 'structured'] as const).map((reading) => ({ mistake, way, reading })),
  ),
)(
  'an agent that knows nothing and reads only the $reading gets from "$mistake" to the answer',
  async ({ mistake, way, reading }) => {
    const played = await play(MAIN, MISTAKES[mistake], reading)
    expect(played.calls.join(', ')).toBe(way)
    expect(played.tokens).toBeLessThan(MOST_TOKENS)
  },
)
