import { expect, test } from 'vitest'
import { placeOfEnvironment } from '../../src/config/place.js'

test('the place of logins is what the environment says of it, without secrets and what nothing filled in', () => {
  const environment = {
    CONNECTORS_DATA_DIR: ' "/srv/my data" ',
    CONNECTORS_API_URL: `\${CONNECTORS_API_URL}`,
    CONNECTORS_USER_SECRET: 'canary',
    XDG_DATA_HOME: '',
    XDG_CONFIG_HOME: '/etc/xdg',
  }
  expect(placeOfEnvironment(environment)).toEqual([
    ['CONNECTORS_DATA_DIR', '/srv/my data'],
    ['XDG_CONFIG_HOME', '/etc/xdg'],
  ])
  expect(placeOfEnvironment({})).toEqual([])
})
