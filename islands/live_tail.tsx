import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { LiveRows, MAX_WAITING } from "../components/requests/live_rows.tsx";
import {
  listen,
  type StreamStatus,
} from "../components/requests/live_stream.ts";
import { LIVE_ROWS } from "../components/requests/request_table.tsx";

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
  /** What is said beside it, which is no script. */
  children: ComponentChildren;
}

/** Over how long the rate is counted, in milliseconds. */
const RATE_MS = 2_000;
/** How often a screen reader is notified, at most. */
const REPORT_MS = 5_000;

/** Puts new requests on top of the table, unless the reader is looking closely. */
export default function LiveTail(
  { query, menuQuery, after, known, children }: LiveTailProps,
) {
  const [status, setStatus] = useState<StreamStatus>("connecting");
  const [isHeld, setHeld] = useState(false);
  const [waiting, setWaiting] = useState(0);
  const [rate, setRate] = useState(0);
  const [told, setTold] = useState("");
  const view = useRef<LiveRows>();

  useEffect(() => {
    const current = new LiveRows(
      document.getElementById(LIVE_ROWS)!,
      { menuQuery, known, setWaiting },
    );
    view.current = current;
    const stream = listen(query, after, setStatus, (items) => {
      current.add(items);
      // Nothing is dropped: the log keeps what comes while the stream rests.
      if (current.isFull) stream.rest();
    });
    const stop = [
      current.watch(),
      stream.stop,
      every(RATE_MS, () => {
        setRate(current.arrived() / (RATE_MS / 1_000));
        if (!current.isFull) stream.goOn();
      }),
      every(REPORT_MS, () => {
        const text = current.news();
        if (text) setTold(text);
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
      <span class="rate">{rate.toFixed(1)}/s</span>
      <button
        type="button"
        class="quiet small"
        aria-pressed={isHeld}
        onClick={() => hold(!isHeld)}
      >
        {isHeld ? "Resume" : "Pause"}
      </button>
      <button
        type="button"
        class="small pill"
        hidden={waiting === 0}
        onClick={() => view.current!.show()}
      >
        {waiting >= MAX_WAITING ? `${MAX_WAITING}+` : waiting} new
      </button>
      {children}
      <div
        role="log"
        aria-live="polite"
        aria-label="New requests"
        class="visually-hidden"
      >
        {told}
      </div>
    </div>
  );
}

const LABELS: Record<StreamStatus, string> = {
  connecting: "connecting",
  live: "live",
  waiting: "not connected; retrying",
};

function every(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms);
  return () => clearInterval(timer);
}
