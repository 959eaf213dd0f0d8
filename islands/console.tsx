import { useEffect, useRef, useState } from "preact/hooks";
import {
  ACTIONS,
  closeMenu,
  currentRow,
  focusSearch,
  isLocalTime,
  isShortcut,
  onClick,
  onSubmit,
  setClocks,
  setLocalTime,
  setting,
  storeSetting,
  subject,
} from "../components/ui/console_keys.ts";
import { keepFresh } from "../components/ui/quiet_refresh.ts";
import { watchZoom } from "../components/overview/zoom.ts";

/** How often relative times are put right, in milliseconds. */
const CLOCK_MS = 15_000;

const SHORTCUTS = [
  ["/, Ctrl K", "Search everything"],
  ["f", "Filter this page"],
  ["j, k", "Next row, previous row"],
  ["x", "Select the row"],
  ["o, Enter", "Open the row"],
  ["b", "Block the row's address (asks first)"],
  ["d, w, m", "Dashboard: 24 hours, 7 days, 30 days"],
  ["?", "This help"],
  ["Esc", "Close"],
] as const;

/** What the console does beyond its links and forms: shortcuts, copying, times that keep up. */
export default function Console() {
  const help = useRef<HTMLDialogElement>(null);
  const block = useRef<HTMLDialogElement>(null);
  const [isReady, setReady] = useState(false);
  const [isOn, setOn] = useState(true);
  const [isLocal, setLocal] = useState(false);
  const [isRefreshed, setRefreshed] = useState(false);
  const [isPaused, setPaused] = useState(false);
  const [ip, setIp] = useState("");

  useEffect(() => {
    const stored = setting();
    setReady(true);
    setRefreshed(document.querySelector("[data-refresh]") !== null);
    setOn(stored);
    document.documentElement.dataset.js = "";
    const stop = new AbortController();
    const { signal } = stop;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") closeMenu();
      if ((event.ctrlKey || event.metaKey) && event.key === "k") {
        event.preventDefault();
        focusSearch();
        return;
      }
      if (!setting() || !isShortcut(event)) return;
      const act = ACTIONS[event.key];
      if (event.key === "Enter") {
        act!();
        return;
      }
      if (act) act();
      else if (event.key === "?") help.current!.showModal();
      else if (event.key === "b") {
        setIp(currentRow()?.dataset.row || subject());
        block.current!.showModal();
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey, { signal });
    addEventListener("click", onClick, { signal });
    addEventListener("submit", onSubmit, { signal });
    watchZoom(signal);
    setLocal(isLocalTime());
    setClocks();
    const clock = setInterval(() => setClocks(), CLOCK_MS);
    const stopFresh = keepFresh(() => setClocks());
    return () => {
      stop.abort();
      stopFresh();
      clearInterval(clock);
    };
  }, []);

  const toggle = (is: boolean) => {
    setOn(is);
    storeSetting(is);
  };
  return (
    <div class="console-tools row">
      <button
        type="button"
        class="link"
        hidden={!isRefreshed}
        aria-pressed={isPaused}
        title="Automatic refresh of this page"
        onClick={() => {
          setPaused(!isPaused);
          document.documentElement.toggleAttribute("data-pause", !isPaused);
        }}
      >
        {isPaused ? "Resume" : "Pause"}{" "}
        <span class="visually-hidden">refreshing</span>
      </button>
      <button
        type="button"
        class="link"
        hidden={!isReady}
        title="Times in UTC or in your time zone"
        onClick={() => {
          setLocal(!isLocal);
          setLocalTime(!isLocal);
        }}
      >
        {isLocal ? "Local time" : "UTC"}
      </button>
      <button
        type="button"
        class="link"
        hidden={!isReady}
        onClick={() => help.current!.showModal()}
      >
        Shortcuts <kbd aria-hidden="true">?</kbd>
      </button>
      <dialog ref={help} aria-labelledby="help-title">
        <h2 id="help-title">Keyboard shortcuts</h2>
        <dl class="keys">
          {SHORTCUTS.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <label class="inline">
          <input
            type="checkbox"
            checked={isOn}
            onChange={(event) => toggle(event.currentTarget.checked)}
          />
          Single keys work as shortcuts
        </label>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
      <dialog ref={block} aria-labelledby="block-title">
        <h2 id="block-title">Block an address or range</h2>
        <form method="post" action="/admin/blocked" class="stack">
          <input type="hidden" name="action" value="block" />
          <input type="hidden" name="check" value="all" />
          <label class="field">
            Address or range
            <input
              name="ip"
              required
              maxLength={64}
              value={ip}
              autocomplete="off"
              spellcheck={false}
            />
          </label>
          <label class="field">
            Reason
            <input name="reason" maxLength={500} />
          </label>
          <label class="field">
            For
            <select name="for">
              <option value="1h">1 hour</option>
              <option value="24h" selected>24 hours</option>
              <option value="7d">7 days</option>
              <option value="">until unblocked</option>
            </select>
          </label>
          <div class="row">
            <button type="submit" class="quiet" name="preview" value="1">
              Preview
            </button>
            <button type="submit">Block</button>
            <button
              type="button"
              class="quiet"
              onClick={() => block.current!.close()}
            >
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </div>
  );
}
