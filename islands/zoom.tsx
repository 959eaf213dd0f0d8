import { useEffect } from "preact/hooks";
import { watchZoom } from "../components/overview/zoom.ts";

/** Lets one drag over the strips of its page; it shows nothing itself. */
export default function Zoom() {
  useEffect(() => {
    const stop = new AbortController();
    watchZoom(stop.signal);
    return () => stop.abort();
  }, []);
  return null;
}
