import { type ConnectorsError, invalidParameters } from '../../base/errors.js'

/** The error for a cursor that the action did not make. @param parameter the one that carried it */
export const wrongCursor = (parameter = 'cursor'): ConnectorsError =>
  invalidParameters('The cursor is not one that this action returned; use meta.forwards_cursor of the page before.', [
    { field: parameter, message: 'is not a cursor of this action' },
  ])
