/** What an action does to the third party's data. */
export type Effect = 'read' | 'create' | 'update' | 'delete'
