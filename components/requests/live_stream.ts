import { atBase } from "../ui/base_path.ts";
import type { LiveItem } from "./live_rows.tsx";

/** The state of the connection. */
export type StreamStatus = "connecting" | "live" | "waiting";

/** The stream was refused: by a full server, or one that is going. */
const RETRY_MS = 10_000;

/**
 * Follows the stream and reconnects with its last position when it ends. It can be paused and
 * resumed from there.
 */
export function listen(
  query: string,
  after: string,
  setStatus: (status: StreamStatus) => void,
  onItems: (items: LiveItem[]) => void,
): { stop: () => void; rest: () => void; goOn: () => void } {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout>;
  let last = after;
  const open = () => {
    const params = new URLSearchParams(query);
    params.set("after", last);
    source = new EventSource(
      atBase(`/api/requests/stream?${params}`),
    );
    source.onopen = () => setStatus("live");
    source.onerror = () => {
      setStatus("waiting");
      // An answer other than 200 closes it; after other errors, EventSource retries by itself.
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
  let isResting = false;
  const stop = () => {
    clearTimeout(timer);
    source.close();
  };
  open();
  return {
    stop,
    /** Pauses the stream; records that come meanwhile are sent later. */
    rest() {
      if (isResting) return;
      isResting = true;
      stop();
    },
    goOn() {
      if (!isResting) return;
      isResting = false;
      open();
    },
  };
}
