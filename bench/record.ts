/** What the counterpart of the HTTP measurements answers: about 1 KB of JSON, the kind of record that vendors have. */
export const RECORD = {
  id: 4711,
  number: 'A-2026-004711',
  title: 'Replace the worn seal of the second pump',
  state: 'open',
  priority: 2,
  created_at: '2026-03-14T09:26:53Z',
  updated_at: '2026-04-02T16:05:11Z',
  reporter: { id: 12, name: 'Ada Lovelace', email: 'ada@example.com' },
  assignees: [
    { id: 17, name: 'Grace Hopper', email: 'grace@example.com' },
    { id: 23, name: 'Alan Turing', email: 'alan@example.com' },
  ],
  labels: ['maintenance', 'hydraulics', 'spare part ordered'],
  counts: { comments: 7, attachments: 2, watchers: 11 },
  is_archived: false,
  parent: null,
  cost: 148.35,
  description:
    'The pump loses about half a litre of oil a week. The seal was replaced in 2023 and has run for eleven thousand hours. ' +
    'The spare part is on its way and should be here by the end of the month; until then the level has to be looked at every ' +
    'Monday, and topped up where it is below the second mark. The shaft was measured and is within its limits. ' +
    'The neighbouring pump has the same seal, of the same age, and is to be looked at on the same day.',
}
