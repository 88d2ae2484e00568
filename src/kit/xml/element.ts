/** An element of an XML document, with what is in it. All of it is a third party's text. */
export class XmlElement {
  /** Without its prefix, which each writer may choose. */
  readonly name: string
  /** The address that the prefix, or its absence, stands for; '' where it stands for none. */
  readonly namespace: string
  /** By their full names. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly (XmlElement | string)[]

  constructor(
    { namespace, name }: { namespace: string; name: string },
    attributes: Readonly<Record<string, string>>,
    children: readonly (XmlElement | string)[],
  ) {
    this.name = name
    this.namespace = namespace
    this.attributes = attributes
    this.children = children
  }

  /** The elements of a name right below, in their order. */
  all(namespace: string, name: string): XmlElement[] {
    return this.children.filter(
      (child): child is XmlElement => typeof child !== 'string' && child.name === name && child.namespace === namespace,
    )
  }

  /** The first element of a name right below. */
  first(namespace: string, name: string): XmlElement | undefined {
    return this.all(namespace, name)[0]
  }

  /** The value of an attribute by its full name. */
  attribute(name: string): string | undefined {
    return Object.hasOwn(this.attributes, name) ? this.attributes[name] : undefined
  }

  /** All text in it, also that of the elements in it, as it is written. */
  text(): string {
    return this.children.map((child) => (typeof child === 'string' ? child : child.text())).join('')
  }
}
