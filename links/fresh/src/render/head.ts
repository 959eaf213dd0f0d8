import { type ComponentChildren, Fragment, h } from "preact";
import { renderToString } from "preact-render-to-string";

/** A head element as HTML. */
const ELEMENT =
  /<(title|style|script|noscript|template)\b([^>]*?)(?:\/>|>[\s\S]*?<\/\1>)|<(meta|link|base)\b([^>]*?)\/?>/g;
const ATTRIBUTE = /([^\s=]+)(?:="([^"]*)")?/g;

/**
 * Inserts the elements of <Head> into the head: an element replaces an earlier one with the same
 * identity, and others are appended.
 */
export function mergeHead(
  html: string,
  mark: string,
  collected: ComponentChildren[],
): string {
  const at = html.indexOf(mark);
  if (at === -1) return html;
  const start = html.lastIndexOf("<head", at);
  const elements = new Map<string, string>();
  const before = html.slice(start, at).replace(ELEMENT, (element, ...found) => {
    const identity = identityOf(found);
    const isKnown = elements.has(identity);
    elements.set(identity, element);
    return isKnown ? "" : placeOf(identity);
  });
  const added: string[] = [];
  const texts = renderToString(h(Fragment, null, collected));
  for (const [element, ...found] of texts.matchAll(ELEMENT)) {
    const identity = identityOf(found);
    if (!elements.has(identity)) added.push(identity);
    elements.set(identity, element);
  }
  let head = before + added.map(placeOf).join("");
  for (const [identity, element] of elements) {
    head = head.replace(placeOf(identity), () => element);
  }
  return html.slice(0, start) + head + html.slice(at + mark.length);
}

function placeOf(identity: string): string {
  return `<!--frsh:at:${encodeURIComponent(identity)}-->`;
}

/** A key, or else the type and all attributes except those with content. */
function identityOf(found: (string | undefined)[]): string {
  const [type, attributes, voidType, voidAttributes] = found;
  const name = type ?? voidType!;
  const parts: string[] = [];
  for (
    const [, key, value = ""] of (attributes ?? voidAttributes ?? "").matchAll(
      ATTRIBUTE,
    )
  ) {
    if (key === "data-key") return `${name} key ${value}`;
    const isContent = key === "nonce" || name === "meta" && key === "content" ||
      name === "link" && key === "href";
    if (!isContent) parts.push(`${key}=${value}`);
  }
  return [name, ...parts.sort()].join(" ");
}
