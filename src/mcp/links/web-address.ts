/** Whether a browser may be sent there: http or https, nothing that runs or reads. */
export const isWebAddress = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
