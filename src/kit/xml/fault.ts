/** Why bytes are not read: they are not an XML document, or exceed a bound. */
export class XmlFault extends Error {
  readonly fault: 'form' | 'depth' | 'pieces'
  constructor(fault: XmlFault['fault'], cause?: unknown) {
    super(`The XML cannot be read: ${fault}.`, { cause })
    this.fault = fault
  }
}
