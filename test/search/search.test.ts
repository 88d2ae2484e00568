import { describe, expect, test } from 'vitest'
import { type ActionDocument, ActionIndex, type SearchOptions } from '../../src/search/index.js'
import { action } from './documents.js'

/** The names of what is found, the best first. */
const find = (documents: readonly ActionDocument[], need: string, options: Partial<SearchOptions> = {}): string[] =>
  new ActionIndex(documents)
    .search(need, { count: 10, ...options })
    .map(({ position }) => documents[position]?.name ?? '')

describe('words', () => {
  test.each(['list_pull_requests', 'listPullRequests', 'ListPULLRequests', 'list-pull-requests', 'list pull requests'])(
    'those of the identifier %s are found apart',
    (name) => expect(find([action('send_mail'), action(name)], 'pull')[0]).toBe(name),
  )

  test.each([
    ['deleting files', 'delete_file'],
    ['erase a document', 'delete_file'],
    ['write an e-mail', 'send_message'],
    ['look up zipcodes', 'find_zip_code'],
    ['the checkbox', 'tick_check_box'],
    ['DÉLETE', 'delete_file'],
    ['a mesage', 'send_message'],
  ])('%s: other forms, synonyms, compounds and slips lead to %s', (need, name) => {
    const documents = ['delete_file', 'send_message', 'find_zip_code', 'tick_check_box'].map((each) => action(each))
    expect(find(documents, need)[0]).toBe(name)
  })

  test.each([
    ['a slip', 'list mesages', ['list_files', 'list_messages']],
    ['a compound that is written apart', 'list the sub nets', ['list_machines', 'list_subnets']],
    ['a synonym', 'remove a file', ['open_file', 'delete_file', 'remove_label']],
  ])('%s counts beside words that are known', (_, need, names) => {
    const found = find(
      names.map((name) => action(name)),
      need,
    )
    expect(found.indexOf(names[1] ?? '')).toBeLessThan(found.indexOf(names[0] ?? ''))
  })

  test('of equal ones, that is first which has the words of the need side by side', () => {
    const documents = [
      action('one', { description: 'limit the rate' }),
      action('two', { description: 'the rate limit' }),
    ]
    expect(find(documents, 'rate limit')[0]).toBe('two')
    expect(find(documents, 'limit rate')[0]).toBe('one')
  })

  test('a number counts less than a word', () => {
    expect(find([action('report_404'), action('report_page')], 'page 404')[0]).toBe('report_page')
  })

  test('scripts without spaces are compared by neighbouring characters, and Latin words among them are found', () => {
    const documents = [
      action('other'),
      action('weather', { description: '查询天气预报' }),
      action('create_workspace', { description: 'Make a place to work in.' }),
    ]
    expect(find(documents, '今天天气怎么样')[0]).toBe('weather')
    expect(find(documents, '我可以创建一个workspace吗')[0]).toBe('create_workspace')
  })

  test('a need of words that say nothing finds an action that is called so', () => {
    expect(find([action('list_files'), action('who_am_i')], 'who am I?')[0]).toBe('who_am_i')
  })
})

describe('the parts of an action', () => {
  const need = 'invoice'
  const rest = [action('archive_letter'), action('stamp_letter')]

  test.each<[string, Partial<ActionDocument>]>([
    ['connector', { connector: 'invoice_box' }],
    ['title', { connectorTitle: 'Invoice Box' }],
    ['description', { description: 'Print an invoice.' }],
    ['examples', { examples: ['an invoice for her'] }],
    ['name of a parameter', { parameters: [{ name: 'invoice_id', description: '' }] }],
    ['text of a parameter', { parameters: [{ name: 'id', description: 'Number of the invoice' }] }],
  ])('are found by: %s', (_, facts) => {
    expect(find([...rest, action('print', { connector: 'letters', ...facts })], need)[0]).toBe('print')
  })

  test('the name says more than the description, and that more than the text of a parameter', () => {
    const documents = [
      action('third', { parameters: [{ name: 'id', description: 'an invoice' }] }),
      action('second', { description: 'an invoice' }),
      action('invoice'),
    ]
    expect(find(documents, need)).toEqual(['invoice', 'second', 'third'])
  })

  test('of equal ones, that is first whose effect was asked for', () => {
    const documents = [
      action('one', { effect: 'read', description: 'labels' }),
      action('two', { effect: 'delete', description: 'labels' }),
    ]
    expect(find(documents, 'erase labels')[0]).toBe('two')
  })

  test('an action whose connector is about the need comes before one of another', () => {
    const documents = [
      action('list_items', { connector: 'stock' }),
      action('list_items_here', { connector: 'shop' }),
      action('order', { connector: 'shop', description: 'Orders of customers.' }),
    ]
    expect(find(documents, 'items that customers order').indexOf('list_items_here')).toBeLessThan(2)
    expect(find(documents, 'items that customers order')[0]).toBe('order')
  })
})

describe('a choice of actions', () => {
  const documents = ['delete_file', 'delete_folder', 'read_file', 'open_window'].map((each) => action(each))

  test('leaves the others out, however well they fit, and also where only the nearest are found', () => {
    const only = (position: number) => position >= 2
    expect(find(documents, 'delete a file', { only })).toEqual(['read_file', 'open_window'])
    expect(find(documents, 'delte', { only: (position) => position === 3 })).toEqual(['open_window'])
    expect(find(documents, 'zebra', { only })).toEqual(['read_file', 'open_window'])
    expect(find(documents, 'delete a file', { only: () => false })).toEqual([])
  })
})

describe('what stands in a need', () => {
  const documents = [
    action('read_hash', { description: 'deadbeef 42 ada' }),
    action('get_issue', { description: 'Show an issue.' }),
  ]

  test.each([
    'issue 123e4567-e89b-12d3-a456-426614174000',
    'issue of ada@example.com',
    'issue [42]',
    'issue d41d8cd98f00b204e9800998ecf8427e',
  ])('names of one thing do not lead elsewhere: %s', (need) => {
    expect(find(documents, need)).toEqual(find(documents, 'issue'))
    expect(find(documents, need)[0]).toBe('get_issue')
  })

  test('a file leads to what takes one', () => {
    const both = [action('delete_row'), action('delete_file')]
    expect(find(both, 'erase report.pdf')[0]).toBe('delete_file')
  })

  test('paths and their extensions are words', () => {
    const files = [
      action('read_sheet', { description: 'Read csv.' }),
      action('read_page', { description: 'Read html.' }),
    ]
    expect(find(files, 'open /data/export.csv')[0]).toBe('read_sheet')
    expect(find(files, 'open C:\\site\\index.html')[0]).toBe('read_page')
  })

  test('a quotation says less than the rest', () => {
    const both = [action('delete_page'), action('create_issue')]
    expect(find(both, 'create issue "delete page"')[0]).toBe('create_issue')
  })

  test('a date leads to what takes one', () => {
    const both = [action('book_room'), action('book_table', { parameters: [{ name: 'date', description: '' }] })]
    expect(find(both, 'book it for 2026-03-04')[0]).toBe('book_table')
  })
})

describe('a preferred connector', () => {
  const mail = (connector: string) => action('send_mail', { connector, connectorTitle: '' })

  test('comes before equals of others', () => {
    const index = new ActionIndex([mail('one'), mail('two'), mail('three')])
    const first = (preferred: string) =>
      index.search('send a mail', { count: 1, preferred: new Set([preferred]) }).map(({ position }) => position)
    expect(['one', 'two', 'three'].map(first)).toEqual([[0], [1], [2]])
  })

  test('does not come before what fits better', () => {
    const documents = [mail('one'), action('draw', { connector: 'two', description: 'Draw a picture of a mail.' })]
    expect(find(documents, 'send a mail', { preferred: new Set(['two']) })[0]).toBe('send_mail')
  })
})

describe('an answer', () => {
  test('is never longer than asked for', () => {
    expect(find([action('get_a'), action('get_b'), action('get_c')], 'box', { count: 2 })).toHaveLength(2)
    expect(find([action('get_a')], 'box', { count: 0 })).toEqual([])
  })

  test('of an empty index is empty', () => expect(find([], 'anything')).toEqual([]))

  test('is there although nothing fits, and says so', () => {
    const index = new ActionIndex([action('send', { connector: 'a' }), action('draw', { connector: 'b' })])
    const nothing = { score: 0, fits: false }
    expect(index.search('🦄', { count: 5 })).toEqual([0, 1].map((position) => ({ position, ...nothing })))
    const preferred = new Set(['b'])
    expect(index.search('', { count: 2, preferred }).map(({ position }) => position)).toEqual([1, 0])
  })

  test('tells what fits from what is only there because of its connector, or because it looks similar', () => {
    const index = new ActionIndex([action('send_mail'), action('draw')])
    const fits = (need: string) => index.search(need, { count: 5 }).map((match) => match.fits)
    expect(fits('a mail')).toEqual([true, false])
    expect(fits('mayhem')).toEqual([false, false])
  })
})
