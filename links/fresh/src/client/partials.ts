import type { ComponentType } from "preact";
import { DATA_ID, type PageData } from "../islands/format.ts";
import { markActiveLink } from "../render/links.ts";
import { IslandPage, unmountIslands } from "./islands.ts";
import { eachMarker } from "./markers.ts";

interface Region {
  start: Comment;
  end: Comment;
  mode: string;
}

/**
 * Swaps the partials that both this document and a response contain, and sets its title. Throws if
 * they have none in common.
 */
export async function swapPartials(
  html: string,
  signal: AbortSignal,
): Promise<void> {
  const answer = new DOMParser().parseFromString(html, "text/html");
  const page = await islandPage(answer);
  if (signal.aborted) return;

  const current = regions(document);
  let swapped = 0;
  for (const [name, incoming] of regions(answer)) {
    const region = current.get(name);
    // A nested one was added or removed with its parent.
    if (
      region === undefined || !region.start.isConnected ||
      incoming.start.ownerDocument === document
    ) continue;
    swap(region, incoming, page);
    swapped++;
  }
  if (swapped === 0) {
    throw new Error("Cannot swap partials: found none that the page has");
  }
  // A response without a head has no title.
  if (answer.title !== "") document.title = answer.title;
  for (const link of document.querySelectorAll("a[href]")) markLink(link);
}

/** All regions of a document by name, including nested ones. */
function regions(source: Document): Map<string, Region> {
  const found = new Map<string, Region>();
  const collect = (from: Node | null, to: Node | null) =>
    eachMarker(from, to, "partial", (start, end, [name, mode]) => {
      found.set(name!, { start, end, mode: mode! });
      collect(start.nextSibling, end);
    });
  collect(source.body.firstChild, null);
  return found;
}

function swap(region: Region, incoming: Region, page: IslandPage): void {
  const { start, end } = region;
  const nodes: Node[] = [];
  let node = incoming.start.nextSibling;
  for (; node !== null && node !== incoming.end; node = node.nextSibling) {
    nodes.push(node);
  }
  if (incoming.mode === "replace") {
    unmountIslands(start.nextSibling, end);
    while (start.nextSibling !== end) start.nextSibling!.remove();
  }
  const before = incoming.mode === "prepend" ? start.nextSibling! : end;
  const first = nodes[0] ?? before;
  for (const added of nodes) before.parentNode!.insertBefore(added, before);
  page.hydrate(first, before);
}

/** Loads the island modules of a response. */
async function islandPage(answer: Document): Promise<IslandPage> {
  const text = answer.getElementById(DATA_ID)?.textContent;
  const { islands, props }: PageData = text
    ? JSON.parse(text)
    : { islands: [], props: [[]] };
  const components = await Promise.all(
    islands.map(async ([url, exportName]) =>
      (await import(url))[exportName] as ComponentType<Record<string, unknown>>
    ),
  );
  return new IslandPage(components, props, answer);
}

/** Updates links outside of the swapped regions, which still mark the previous page. */
function markLink(link: Element): void {
  if (link.hasAttribute("data-current")) {
    link.removeAttribute("data-current");
    link.removeAttribute("aria-current");
  }
  if (link.hasAttribute("data-ancestor")) {
    link.removeAttribute("data-ancestor");
    link.removeAttribute("aria-current");
  }
  const marks: Record<string, unknown> = {
    href: link.getAttribute("href"),
    "aria-current": link.getAttribute("aria-current") ?? undefined,
  };
  markActiveLink(marks, new URL(location.href));
  for (const name of ["data-current", "data-ancestor", "aria-current"]) {
    if (marks[name] !== undefined) link.setAttribute(name, String(marks[name]));
  }
}
