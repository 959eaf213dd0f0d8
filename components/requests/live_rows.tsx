import { render } from "preact";
import type { RequestItem } from "../../lib/log/request_item.ts";
import { RequestRow } from "./request_row.tsx";

/** A request as in the stream. */
export type LiveItem = RequestItem & { id: string; agent: string | null };

/** With more waiting rows, the stream pauses, and resumes from there later. */
export const MAX_WAITING = 1_000;
/** The number of ids remembered. */
const MAX_KNOWN = 5_000;
/** The limit of new rows on the page. */
const MAX_ROWS = 200;
/** Time to reach the pill before it disappears, in milliseconds. */
const LEAVE_MS = 800;

/** The new rows, inserted unless the reader is using the table. */
export class LiveRows {
  readonly #place: HTMLElement;
  readonly #menuQuery: string;
  readonly #setWaiting: (count: number) => void;
  /** The ids of rows on the page or waiting. */
  readonly #known: Set<string>;
  #rows: LiveItem[] = [];
  #waiting: LiveItem[] = [];
  #isHeld = false;
  #isPointedAt = false;
  #untold: LiveItem[] = [];
  #arrived = 0;

  constructor(
    place: HTMLElement,
    { menuQuery, known, setWaiting }: {
      menuQuery: string;
      known: string[];
      setWaiting: (count: number) => void;
    },
  ) {
    this.#place = place;
    this.#menuQuery = menuQuery;
    this.#known = new Set(known);
    this.#setWaiting = setWaiting;
  }

  /** Adds items, oldest first. */
  add(items: LiveItem[]): void {
    for (const item of items) {
      if (this.#known.has(item.id)) continue;
      this.#known.add(item.id);
      this.#waiting.unshift(item);
      this.#untold.push(item);
    }
    this.#arrived += items.length;
    // Duplicates arrive soon after each other; memory of a page open for days must not grow.
    for (const id of this.#known) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#known.delete(id);
    }
    if (this.#isPaused()) this.#setWaiting(this.#waiting.length);
    else this.#flush();
  }

  /** Whether the limit of waiting rows is reached. */
  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING;
  }

  /** The number of items since the last call. */
  arrived(): number {
    const count = this.#arrived;
    this.#arrived = 0;
    return count;
  }

  hold(is: boolean): void {
    this.#isHeld = is;
    this.#moveOn();
  }

  /** Shows the waiting rows, and scrolls to the top. */
  show(): void {
    this.#flush();
    scrollTo({ top: 0 });
  }

  /** Listens to pointer, focus, selection and scrolling; returns the function that stops it. */
  watch(): () => void {
    const table = this.#place.closest("table")!;
    const stop = new AbortController();
    const { signal } = stop;
    let leaving: ReturnType<typeof setTimeout>;
    table.addEventListener("pointerenter", () => {
      clearTimeout(leaving);
      this.#isPointedAt = true;
    }, { signal });
    table.addEventListener("pointerleave", () => {
      leaving = setTimeout(() => {
        this.#isPointedAt = false;
        this.#moveOn();
      }, LEAVE_MS);
    }, { signal });
    const later = () => setTimeout(() => this.#moveOn());
    table.addEventListener("focusout", later, { signal });
    addEventListener("scroll", later, { signal, passive: true });
    document.addEventListener("selectionchange", later, { signal });
    return () => stop.abort();
  }

  /** The items since the last call, in a sentence; empty for none. */
  news(): string {
    const items = this.#untold;
    this.#untold = [];
    if (items.length === 0) return "";
    if (items.length === 1) {
      const { method, path, status, ip_address } = items[0]!;
      return `${method} ${path}: ${status}, from ${ip_address}`;
    }
    const refused = items.filter(({ outcome }) => outcome !== "allowed");
    return `${items.length} new requests` +
      (refused.length > 0 ? `, ${refused.length} blocked or limited` : "");
  }

  #isPaused(): boolean {
    const { body, activeElement } = document;
    const table = this.#place.closest("table")!;
    const selected = getSelection();
    return this.#isHeld || this.#isPointedAt || scrollY > 150 ||
      activeElement !== body && table.contains(activeElement) ||
      selected?.isCollapsed === false && selected.containsNode(table, true) ||
      table.querySelector("details[open]") !== null;
  }

  #moveOn(): void {
    if (this.#waiting.length > 0 && !this.#isPaused()) this.#flush();
  }

  #flush(): void {
    // All waiting rows are shown, whatever their number; older rows are removed instead.
    const most = Math.max(MAX_ROWS, this.#waiting.length);
    this.#rows = [...this.#waiting, ...this.#rows].slice(0, most);
    this.#waiting = [];
    this.#setWaiting(0);
    const now = Date.now();
    render(
      this.#rows.map((item) => (
        <RequestRow
          key={item.id}
          record={{ ...item, timestamp: Date.parse(item.timestamp) }}
          agent={item.agent}
          now={now}
          query={this.#menuQuery}
          showAddress
          isNew
        />
      )),
      this.#place,
    );
    // Re-inserted rows do not count as moved: nothing else on the page shifts either.
    const table = this.#place.closest("table")!;
    table.append(...table.tBodies);
  }
}
