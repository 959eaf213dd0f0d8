/**
 * Refreshes a part of the page without disturbing the reader: it waits while something in it is
 * open, focused, pressed, selected or filled in, or the page is hidden. The scroll position is
 * kept.
 *
 * @module
 */
const ATTEMPT_MS = 1_000;

/**
 * Starts refreshing the part with `data-refresh`, an interval in seconds; returns the function that
 * stops it.
 */
export function keepFresh(
  onFresh: () => void,
  isPaused: () => boolean,
): () => void {
  let since = Date.now();
  let isBusy = false;
  const timer = setInterval(async () => {
    const part = document.querySelector<HTMLElement>("[data-refresh]");
    const every = Number(part?.dataset.refresh) * 1_000;
    if (!part || !(every > 0) || isBusy || isPaused()) return;
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
      if (next === null || isPaused() || isInUse(part)) return;
      replace(part, document.adoptNode(next));
      document.title = fresh.title;
      bringCount(fresh);
      onFresh();
    } catch {
      // The next attempt may succeed; the page shows how old its data is.
    } finally {
      isBusy = false;
    }
  }, ATTEMPT_MS);
  return () => clearInterval(timer);
}

/** Updates the number of open incidents, which may appear or disappear. */
function bringCount(fresh: Document): void {
  const link = ".sections [href$='/admin/incidents']";
  const now = document.querySelector(link);
  const counted = fresh.querySelector(`${link} .count`);
  now?.querySelector(".count")?.remove();
  if (counted) now?.append(document.adoptNode(counted));
}

/** Replaces a part; what the reader sees does not move, even if content is added above it. */
function replace(part: Element, next: Element): void {
  const [seen] = headings(part)
    .map((heading) => ({ heading, top: heading.getBoundingClientRect().top }))
    .sort((a, b) => Math.abs(a.top) - Math.abs(b.top));
  const top = scrollY;
  const regions = [...part.querySelectorAll(".scroll")].map((region) => ({
    label: region.ariaLabel,
    left: region.scrollLeft,
    top: region.scrollTop,
  }));
  part.replaceWith(next);
  for (const region of next.querySelectorAll(".scroll")) {
    region.scrollTo(
      regions.find(({ label }) => label === region.ariaLabel) ?? {},
    );
  }
  scrollTo({ top });
  const again = top > 0 && seen && headings(next)
    .find(({ textContent }) => textContent === seen.heading.textContent);
  if (again) scrollBy({ top: again.getBoundingClientRect().top - seen.top });
}

function headings(part: Element): Element[] {
  return [...part.querySelectorAll("h2")];
}

function isFilledIn(part: Element): boolean {
  return [...part.querySelectorAll("input")].some((field) =>
    field.value !== field.defaultValue || field.checked !== field.defaultChecked
  );
}

function isInUse(part: HTMLElement): boolean {
  const { activeElement, visibilityState } = document;
  const selection = getSelection();
  return visibilityState === "hidden" ||
    part.contains(activeElement) && activeElement !== document.body ||
    part.querySelector("details[open], :active") !== null ||
    isFilledIn(part) ||
    document.querySelector("dialog[open]") !== null ||
    (selection !== null && !selection.isCollapsed);
}
