/**
 * Brings a part of the page up to date without moving what one is doing: it waits while something
 * in it is open, has the focus or is selected, or the page is hidden.
 *
 * @module
 */
const ATTEMPT_MS = 1_000;

/** Starts refreshing the part that asks for it by `data-refresh`, in seconds; returns the end of it. */
export function keepFresh(onFresh: () => void): () => void {
  let since = Date.now();
  let isBusy = false;
  const timer = setInterval(async () => {
    const part = document.querySelector<HTMLElement>("[data-refresh]");
    const every = Number(part?.dataset.refresh) * 1_000;
    if (!part || !(every > 0) || isBusy) return;
    if (Date.now() - since < every || isInUse(part)) return;
    isBusy = true;
    since = Date.now();
    try {
      const response = await fetch(location.href, {
        headers: { accept: "text/html" },
        redirect: "error",
      });
      if (!response.ok) return;
      const text = await response.text();
      const fresh = new DOMParser().parseFromString(text, "text/html");
      const next = fresh.querySelector("[data-refresh]");
      if (next === null || isInUse(part)) return;
      const top = scrollY;
      part.replaceWith(document.adoptNode(next));
      scrollTo({ top });
      document.title = fresh.title;
      bringCount(fresh);
      onFresh();
    } catch {
      // The next attempt may reach the server; what is shown says how old it is.
    } finally {
      isBusy = false;
    }
  }, ATTEMPT_MS);
  return () => clearInterval(timer);
}

/** How many incidents are open: there may be none any more, or the first. */
function bringCount(fresh: Document): void {
  const link = ".sections [href$='/admin/incidents']";
  const now = document.querySelector(link);
  const counted = fresh.querySelector(`${link} .count`);
  now?.querySelector(".count")?.remove();
  if (counted) now?.append(document.adoptNode(counted));
}

function isInUse(part: HTMLElement): boolean {
  const { activeElement, visibilityState } = document;
  const selection = getSelection();
  return visibilityState === "hidden" ||
    document.documentElement.dataset.pause === "" ||
    part.contains(activeElement) && activeElement !== document.body ||
    part.querySelector("details[open]") !== null ||
    document.querySelector("dialog[open]") !== null ||
    (selection !== null && !selection.isCollapsed);
}
