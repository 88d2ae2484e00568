import { expect, test } from 'vitest'
import { MAIN } from '../../built/build.js'
import { type ListedTool, TaskAgent } from './agent.js'
import { TASKS } from './ten.js'
import { openWorld } from './world.js'

/** The tools called, in order, and the most tokens that are read. `npm run bench:tasks` compares with another build. */
const WAYS: Record<string, [way: string, most: number]> = {
  'find the action for a need': ['search_actions', 1_300],
  'link a database': ['search_actions, link_integration, check_link', 1_300],
  'read the commits of a repository': ['search_actions, read_connector', 6_500],
  'write an issue': ['search_actions, execute_connector', 2_200],
  'follow up: comment on what was found': ['search_actions, read_connector, search_actions, execute_connector', 8_000],
  'a long answer: 100 titles': ['search_actions, read_connector, read_result', 9_000],
  'one question to two accounts': ['search_actions, read_connector', 1_000],
  'a file of 15 kB to another place': ['search_actions, read_connector, search_actions, execute_connector', 2_200],
  'three errors corrected': ['execute_connector, execute_connector, execute_connector, execute_connector', 5_500],
  'a query on an unknown database': ['search_actions, read_connector, read_connector, read_connector', 1_100],
}

test('all ten tasks have a way', () => {
  expect(TASKS.map(({ name }) => name)).toEqual(Object.keys(WAYS))
})

test.each(TASKS.map((task) => [task.name, task] as const))(
  '%s',
  async (name, task) => {
    const world = await openWorld(MAIN, task.linked)
    try {
      const { tools } = (await world.server.request('tools/list')) as unknown as { tools: ListedTool[] }
      const agent = new TaskAgent(world.server, tools)
      await task.play(agent, world)
      const [way, most] = WAYS[name] ?? []
      expect(agent.way.join(', ')).toBe(way)
      expect(agent.taken.readAll).toBeLessThan(most ?? 0)
    } finally {
      await world.close()
    }
  },
  60_000,
)
