import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { RequestRow } from "../components/request_row.tsx";
import { LIVE_ROWS } from "../components/request_table.tsx";
import type { RequestItem } from "../lib/guard/request_item.ts";
import type { RequestRecord } from "../lib/guard/request_record.ts";

/** What the live view begins with. */
export interface LiveTailProps {
  /** The filters in use, as parameters of an address. */
  query: string;
  /** The same for the menus of new rows, which keep the live view on. */
  menuQuery: string;
  /** Where the stream goes on from. */
  after: string;
  /** The names of the rows that the page shows already. */
  known: string[];
}

type Item = RequestItem & { id: string };
type Status = "connecting" | "live" | "waiting";

/** Time to reach the pill before it is gone. */
const LEAVE_MS = 800;
/** New rows that are kept on the page, and that wait while it is paused. */
const MAX_ROWS = 200;
const MAX_WAITING = 1_000;
/** The stream was refused: by a full server, or one that is going. */
const RETRY_MS = 10_000;
/** A screen reader is told at most so often. */
const TELL_MS = 5_000;

/** Puts new requests on top of the table, unless the reader is looking closely. */
export default function LiveTail(
  { query, menuQuery, after, known }: LiveTailProps,
) {
  const [status, setStatus] = useState<Status>("connecting");
  const [isHeld, setHeld] = useState(false);
  const [waiting, setWaiting] = useState(0);
  const [told, setTold] = useState<string[]>([]);
  const view = useRef<View>();

  useEffect(() => {
    const current = new View(
      document.getElementById(LIVE_ROWS)!,
      { menuQuery, known, setWaiting },
    );
    view.current = current;
    const stop = [
      current.watch(),
      listen(query, after, setStatus, (items) => current.add(items)),
      every(TELL_MS, () => {
        const text = current.news();
        if (text) setTold((lines) => [...lines.slice(-4), text]);
      }),
    ];
    return () => stop.forEach((each) => each());
  }, []);

  const hold = (is: boolean) => {
    setHeld(is);
    view.current!.hold(is);
  };
  return (
    <div class="live row" data-status={status}>
      <span class={status === "live" ? "badge good" : "badge warn"}>
        <span aria-hidden="true">{status === "live" ? "●" : "○"}</span>
        {LABELS[status]}
      </span>
      <button
        type="button"
        class="quiet small"
        aria-pressed={isHeld}
        onClick={() => hold(!isHeld)}
      >
        {isHeld ? "Go on" : "Pause"}
      </button>
      {waiting > 0 && (
        <button
          type="button"
          class="small pill"
          onClick={() => view.current!.show()}
        >
          {waiting >= MAX_WAITING ? `${MAX_WAITING}+` : waiting} new
        </button>
      )}
      <span class="muted">
        {waiting > 0
          ? "Paused while you look."
          : "Pauses while you point at a row, are in the table, or scroll."}
      </span>
      <noscript>Reload the page to see what is new.</noscript>
      <div
        role="log"
        aria-live="polite"
        aria-label="New requests"
        class="visually-hidden"
      >
        {told.map((text, index) => <p key={text + index}>{text}</p>)}
      </div>
    </div>
  );
}

const LABELS: Record<Status, string> = {
  connecting: "connecting",
  live: "live",
  waiting: "not connected; trying again",
};

/** The new rows, and whether they may move. */
class View {
  readonly #place: HTMLElement;
  readonly #menuQuery: string;
  readonly #setWaiting: (count: number) => void;
  /** Of what is on the page or waits to be. */
  readonly #known: Set<string>;
  #rows: Item[] = [];
  #waiting: Item[] = [];
  #isHeld = false;
  #isPointedAt = false;
  #untold: Item[] = [];

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
  add(items: Item[]): void {
    for (const item of items) {
      if (this.#known.has(item.id)) continue;
      this.#known.add(item.id);
      this.#waiting.unshift(item);
      this.#untold.push(item);
    }
    this.#waiting.length = Math.min(this.#waiting.length, MAX_WAITING);
    if (this.#isPaused()) this.#setWaiting(this.#waiting.length);
    else this.#flush();
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
    return this.#isHeld || this.#isPointedAt || scrollY > 150 ||
      activeElement !== body && table.contains(activeElement) ||
      table.querySelector("details[open]") !== null;
  }

  #moveOn(): void {
    if (this.#waiting.length > 0 && !this.#isPaused()) this.#flush();
  }

  #flush(): void {
    this.#rows = [...this.#waiting, ...this.#rows].slice(0, MAX_ROWS);
    this.#waiting = [];
    this.#setWaiting(0);
    const now = Date.now();
    render(
      this.#rows.map((item) => (
        <RequestRow
          key={item.id}
          record={recordOf(item)}
          now={now}
          query={this.#menuQuery}
          showAddress
          isNew
        />
      )),
      this.#place,
    );
  }
}

function recordOf(item: Item): RequestRecord {
  return {
    ...item,
    timestamp: Date.parse(item.timestamp),
    outcome: item.outcome as RequestRecord["outcome"],
  };
}

/** Listens to the stream; comes back wherever it ends, with what it heard last. */
function listen(
  query: string,
  after: string,
  setStatus: (status: Status) => void,
  onItems: (items: Item[]) => void,
): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout>;
  let last = after;
  const open = () => {
    const params = new URLSearchParams(query);
    params.set("after", last);
    source = new EventSource(`/api/requests/stream?${params}`);
    source.onopen = () => setStatus("live");
    source.onerror = () => {
      setStatus("waiting");
      // An answer other than 200 ends it for good; all else it tries again by itself.
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(timer);
        timer = setTimeout(open, RETRY_MS);
      }
    };
    source.addEventListener("requests", (event) => {
      if (event.lastEventId) last = event.lastEventId;
      onItems(JSON.parse(event.data).items);
    });
    source.addEventListener("reset", () => location.reload());
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function every(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms);
  return () => clearInterval(timer);
}
