import { render } from "preact";
import type { RequestItem } from "../../lib/log/request_item.ts";
import { RequestRow } from "./request_row.tsx";

/** A request as the stream sends it. */
export type LiveItem = RequestItem & { id: string; agent: string | null };

/** More that wait are not held: the stream rests, and goes on from there. */
export const MAX_WAITING = 1_000;
/** Names of rows that are remembered. */
const MAX_KNOWN = 5_000;
/** New rows that are kept on the page. */
const MAX_ROWS = 200;
/** Time to reach the pill before it is gone, in milliseconds. */
const LEAVE_MS = 800;

/** The new rows, and whether they may move. */
export class LiveRows {
  readonly #place: HTMLElement;
  readonly #menuQuery: string;
  readonly #setWaiting: (count: number) => void;
  /** Of what is on the page or waits to be. */
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

  /** Takes items, oldest first. */
  add(items: LiveItem[]): void {
    for (const item of items) {
      if (this.#known.has(item.id)) continue;
      this.#known.add(item.id);
      this.#waiting.unshift(item);
      this.#untold.push(item);
    }
    this.#arrived += items.length;
    // What comes twice comes soon after; a page that is open for days must not grow.
    for (const id of this.#known) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#known.delete(id);
    }
    if (this.#isPaused()) this.#setWaiting(this.#waiting.length);
    else this.#flush();
  }

  /** Whether too many rows wait to take more. */
  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING;
  }

  /** How many came since this was asked last. */
  arrived(): number {
    const count = this.#arrived;
    this.#arrived = 0;
    return count;
  }

  hold(is: boolean): void {
    this.#isHeld = is;
    this.#moveOn();
  }

  /** Shows what waits, where it can be seen. */
  show(): void {
    this.#flush();
    scrollTo({ top: 0 });
  }

  /** Follows the pointer, the focus and the scroll bar; returns the end of it. */
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

  /** What came since this was asked last, in a sentence; empty for nothing. */
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
    // What waited is all shown, however much it is; older rows make room.
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
    // Put there anew, rows have not moved: nothing else on the page does either.
    const table = this.#place.closest("table")!;
    table.append(...table.tBodies);
  }
}
