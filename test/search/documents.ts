import type { ActionDocument } from '../../src/search/index.js'

/** An action of which a test says what matters to it. */
export const action = (name: string, facts: Partial<ActionDocument> = {}): ActionDocument => ({
  connector: 'box',
  connectorTitle: 'Box',
  name,
  description: '',
  examples: [],
  parameters: [],
  ...facts,
})
