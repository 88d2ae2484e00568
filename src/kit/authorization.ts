/** The header field of a bearer token. @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

/** The header field of a name and password. @see https://www.rfc-editor.org/rfc/rfc7617#section-2 */
export const basic = (name: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
})
