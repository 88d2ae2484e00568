/** Whether an issue of zod says that a value is not there at all; zod has no code for it. */
export const saysMissing = ({ code, message }: { code: string; message: string }): boolean =>
  code === 'invalid_type' && message.endsWith('received undefined')
