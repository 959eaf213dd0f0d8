import { useEffect, useRef, useState } from "preact/hooks";
import { setClocks } from "../components/ui/console_keys.ts";
import { keepFresh } from "../components/ui/quiet_refresh.ts";

/** Refreshes its page, with a button to pause that. */
export default function Refresh() {
  const [isRefreshed, setRefreshed] = useState(false);
  const [isPaused, setPaused] = useState(false);
  const paused = useRef(false);
  paused.current = isPaused;

  useEffect(() => {
    setRefreshed(document.querySelector("[data-refresh]") !== null);
    return keepFresh(() => setClocks(), () => paused.current);
  }, []);

  return (
    <button
      type="button"
      class="link"
      hidden={!isRefreshed}
      aria-pressed={isPaused}
      title="Automatic refresh of this page"
      onClick={() => setPaused(!isPaused)}
    >
      {isPaused ? "Resume" : "Pause"}{" "}
      <span class="visually-hidden">refreshing</span>
    </button>
  );
}
