import { useEffect } from "preact/hooks";
import { watchZoom } from "../components/overview/zoom.ts";

/** Zooms by dragging over the strips of its page; it renders nothing. */
export default function Zoom() {
  useEffect(() => {
    const stop = new AbortController();
    watchZoom(stop.signal);
    return () => stop.abort();
  }, []);
  return null;
}
