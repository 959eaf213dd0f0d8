import { useEffect, useState } from "preact/hooks";
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
import {
  BLOCK_ID,
  SHORTCUTS_ID,
  SINGLE_KEYS_ID,
} from "../components/ui/dialog_ids.ts";

/** The interval of updates of relative times, in milliseconds. */
const CLOCK_MS = 15_000;

/** The scripts of the console besides links and forms: shortcuts, copying, current times. */
export default function Console() {
  const [isReady, setReady] = useState(false);
  const [isLocal, setLocal] = useState(false);

  useEffect(() => {
    const keys = byId<HTMLInputElement>(SINGLE_KEYS_ID);
    keys.checked = setting();
    setReady(true);
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
      else if (event.key === "?") showHelp();
      else if (event.key === "b") {
        const ask = byId<HTMLDialogElement>(BLOCK_ID);
        ask.querySelector<HTMLInputElement>("[name=ip]")!.value =
          currentRow()?.dataset.row || subject();
        ask.showModal();
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey, { signal });
    keys.addEventListener("change", () => storeSetting(keys.checked), {
      signal,
    });
    addEventListener("click", onClick, { signal });
    addEventListener("submit", onSubmit, { signal });
    setLocal(isLocalTime());
    setClocks();
    const clock = setInterval(() => setClocks(), CLOCK_MS);
    return () => {
      stop.abort();
      clearInterval(clock);
    };
  }, []);

  return (
    <>
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
        onClick={showHelp}
      >
        Shortcuts <kbd aria-hidden="true">?</kbd>
      </button>
    </>
  );
}

function byId<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

function showHelp(): void {
  byId<HTMLDialogElement>(SHORTCUTS_ID).showModal();
}
