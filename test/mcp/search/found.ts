import type { FoundAction } from '../../../src/mcp/search/found-action.js'

/** An action that was found, of which a test says what matters to it. */
export const foundAction = (action: string, facts: Partial<FoundAction> = {}): FoundAction => ({
  name: `box_${action}_tool`,
  connector: 'box',
  action,
  description: '',
  categories: [],
  ...facts,
})
