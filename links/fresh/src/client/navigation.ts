import { swapPartials } from "./partials.ts";

/** The key of the scroll position in a history entry. */
interface EntryState {
  frshScroll?: [x: number, y: number];
}

let running: AbortController | null = null;
/** Path and query of the current page. */
let shown = "";

/** Handles links and forms below `f-client-nav`, and back and forward. */
export function startNavigation(): void {
  shown = pathOf(location);
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  addEventListener("popstate", onPopState);
}

function onClick(event: MouseEvent): void {
  if (
    event.defaultPrevented || event.button !== 0 || event.metaKey ||
    event.ctrlKey || event.shiftKey || event.altKey
  ) return;
  const target = event.target as Element;
  const link = target.closest<HTMLAnchorElement>("a[href]");
  if (link === null) {
    // A button with a URL of its own loads it in place.
    const button = target.closest<HTMLButtonElement>("button[f-partial]");
    if (button === null || button.form !== null || !isTakenOver(button)) return;
    event.preventDefault();
    void load(new URL(button.getAttribute("f-partial")!, location.href));
    return;
  }
  if (
    !isTakenOver(link) || link.hasAttribute("download") ||
    (link.target !== "" && link.target !== "_self") ||
    link.origin !== location.origin
  ) return;
  // The browser handles jumps within a page.
  if (link.hash !== "" && pathOf(link) === pathOf(location)) return;
  event.preventDefault();
  const from = link.getAttribute("f-partial") ?? link.href;
  push(link.href);
  void load(new URL(from, location.href), { scrollTo: link.hash });
}

function onSubmit(event: SubmitEvent): void {
  if (event.defaultPrevented) return;
  const form = event.target as HTMLFormElement;
  const { submitter } = event;
  const attribute = (name: string) =>
    submitter?.getAttribute("form" + name) ?? form.getAttribute(name);
  const partial = submitter?.getAttribute("f-partial") ??
    form.getAttribute("f-partial");
  const action = attribute("action") ?? partial;
  const target = attribute("target") ?? "";
  const method = (attribute("method") ?? "get").toLowerCase();
  if (
    action === null || !isTakenOver(submitter ?? form) || method === "dialog" ||
    (target !== "" && target !== "_self")
  ) return;
  const shownUrl = new URL(action, location.href);
  if (shownUrl.origin !== location.origin) return;
  event.preventDefault();

  const url = new URL(partial ?? action, location.href);
  const data = new FormData(form, submitter);
  let init: RequestInit = {};
  if (method === "get") {
    for (const [name, value] of textFields(data)) {
      url.searchParams.append(name, value);
    }
  } else {
    const isMultipart = attribute("enctype") === "multipart/form-data";
    init = {
      method,
      body: isMultipart ? data : new URLSearchParams(textFields(data)),
    };
  }
  push(shownUrl.href);
  void load(url, { init });
}

function textFields(data: FormData): [string, string][] {
  return [...data].map(([name, value]) => [
    name,
    typeof value === "string" ? value : value.name,
  ]);
}

function onPopState(event: PopStateEvent): void {
  // A jump within the page is a popstate too.
  if (pathOf(location) === shown) return;
  const scroll = (event.state as EntryState | null)?.frshScroll ?? [0, 0];
  void load(new URL(location.href), { scroll });
}

interface LoadOptions {
  init?: RequestInit;
  /** Hash of the element to scroll to; "" is the top. */
  scrollTo?: string;
  scroll?: [x: number, y: number];
}

/** Fetches a page and swaps its partials in; a newer load aborts an older one. */
async function load(
  url: URL,
  { init, scrollTo, scroll }: LoadOptions = {},
): Promise<void> {
  running?.abort();
  const own = running = new AbortController();
  shown = pathOf(location);
  url.searchParams.set("fresh-partial", "true");
  url.hash = "";
  try {
    const response = await fetchPage(url, { ...init, signal: own.signal });
    if (response === null) return;
    if (response.redirected) replaceAddress(response.url);
    const type = response.headers.get("content-type") ?? "";
    if (!type.startsWith("text/html")) {
      throw new Error(`Cannot swap partials: expected HTML, received ${type}`);
    }
    await swapPartials(await response.text(), own.signal);
  } catch (error) {
    if (own.signal.aborted) return;
    throw error;
  }
  if (scroll !== undefined) scrollToPosition(scroll);
  else if (scrollTo !== undefined) scrollToHash(scrollTo);
}

/**
 * Null: the browser loads the URL itself. It can where fetch() cannot: when a redirect conflicts
 * with the policy's upgrade-insecure-requests.
 */
async function fetchPage(
  url: URL,
  init: RequestInit,
): Promise<Response | null> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal!.aborted || init.method !== undefined) throw error;
    location.reload();
    return null;
  }
}

function isTakenOver(element: Element): boolean {
  const setting = element.closest("[f-client-nav]");
  return setting !== null && setting.getAttribute("f-client-nav") !== "false";
}

function push(href: string): void {
  // Scrolled manually: the browser would scroll before the content is there.
  history.scrollRestoration = "manual";
  const state: EntryState = { frshScroll: [scrollX, scrollY] };
  history.replaceState({ ...history.state, ...state }, "");
  if (href !== location.href) history.pushState({}, "", href);
}

function replaceAddress(href: string): void {
  const url = new URL(href);
  url.searchParams.delete("fresh-partial");
  history.replaceState(history.state, "", url);
  shown = pathOf(location);
}

function pathOf(url: Location | HTMLAnchorElement): string {
  return url.pathname + url.search;
}

function scrollToHash(hash: string): void {
  const target = hash === ""
    ? null
    : document.getElementById(decodeURIComponent(hash.slice(1)));
  if (target === null) scrollToPosition([0, 0]);
  else target.scrollIntoView();
}

function scrollToPosition([left, top]: [number, number]): void {
  scrollTo({ left, top, behavior: "instant" });
}
