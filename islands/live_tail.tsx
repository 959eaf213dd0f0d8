import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { LiveRows, MAX_WAITING } from "../components/requests/live_rows.tsx";
import {
  listen,
  type StreamStatus,
} from "../components/requests/live_stream.ts";
import { LIVE_ROWS } from "../components/requests/request_table.tsx";

/** The initial state of the live view. */
export interface LiveTailProps {
  /** The active filters, as URL parameters. */
  query: string;
  /** The same for the menus of new rows, which keep the live view on. */
  menuQuery: string;
  /** The position from which the stream continues. */
  after: string;
  /** The ids of the rows already on the page. */
  known: string[];
  /** The server-rendered content next to it. */
  children: ComponentChildren;
}

/** The period of the rate, in milliseconds. */
const RATE_MS = 2_000;
/** The minimum interval of screen reader notifications. */
const REPORT_MS = 5_000;

/** Inserts new requests at the top of the table, unless the reader is using it. */
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
      // Nothing is lost: the log has what arrives while the stream is paused.
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
