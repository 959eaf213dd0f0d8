/** A comment of the server's renderer, e.g. `frsh:island:3`. */
export interface Marker {
  kind: "island" | "slot" | "partial";
  /** The marker's arguments, e.g. ["3"]. */
  args: string[];
}

/** Null for any other node. */
export function readMarker(node: Node): Marker | null {
  if (node.nodeType !== Node.COMMENT_NODE) return null;
  const [name, kind, ...args] = (node as Comment).data.split(":");
  return name === "frsh" && kind !== undefined
    ? { kind: kind as Marker["kind"], args }
    : null;
}

/** The end comment of a marker; they are siblings and nest. */
export function endOf(start: Node, kind: Marker["kind"]): Comment {
  let depth = 0;
  for (let node = start.nextSibling; node !== null; node = node.nextSibling) {
    if (node.nodeType !== Node.COMMENT_NODE) continue;
    if ((node as Comment).data === `/frsh:${kind}`) {
      if (depth-- === 0) return node as Comment;
    } else if (readMarker(node)?.kind === kind) {
      depth++;
    }
  }
  // E.g. a <div> in a <p>, which the browser's parser moves out of it.
  throw new Error(
    `Cannot find the end of ${(start as Comment).data}: expected valid HTML`,
  );
}

/**
 * Calls a function for each marker of a kind between two siblings, at any depth, but not inside
 * those already visited. It gets the start and end comments.
 */
export function eachMarker(
  from: Node | null,
  to: Node | null,
  kind: Marker["kind"],
  visit: (start: Comment, end: Comment, args: string[]) => void,
): void {
  let node = from;
  while (node !== null && node !== to) {
    // Read now: the visited nodes may be moved or removed.
    let next = node.nextSibling;
    const marker = readMarker(node);
    if (marker?.kind === kind) {
      const end = endOf(node, kind);
      next = end.nextSibling;
      visit(node as Comment, end, marker.args);
    } else {
      eachMarker(node.firstChild, null, kind, visit);
    }
    node = next;
  }
}
