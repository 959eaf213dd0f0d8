/**
 * Represents the nodes between two comments as an element, which Preact needs to render into. It
 * implements only what Preact uses.
 */
export class RootFragment {
  readonly nodeType = 1;
  readonly childNodes: Node[] = [];
  readonly parentNode: Node;
  #end: Node;

  constructor(start: Node, end: Node) {
    this.#end = end;
    this.parentNode = start.parentNode!;
    let node = start.nextSibling;
    for (; node !== null && node !== end; node = node.nextSibling) {
      this.childNodes.push(node);
    }
  }

  get firstChild(): Node | null {
    return this.childNodes[0] ?? null;
  }

  get ownerDocument(): Document {
    return document;
  }

  get namespaceURI(): string | null {
    return (this.parentNode as Element).namespaceURI;
  }

  contains(node: Node): boolean {
    return this.parentNode.contains(node);
  }

  /** Preact looks for the next sibling itself and may look past the end. */
  insertBefore(node: Node, before: Node | null): Node {
    const isInside = before !== null &&
      before.compareDocumentPosition(this.#end) &
        Node.DOCUMENT_POSITION_FOLLOWING;
    return this.parentNode.insertBefore(node, isInside ? before : this.#end);
  }

  appendChild(node: Node): Node {
    return this.parentNode.insertBefore(node, this.#end);
  }

  removeChild(node: Node): Node {
    return this.parentNode.removeChild(node);
  }
}
