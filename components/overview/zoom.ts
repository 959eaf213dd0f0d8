/** Zooms by dragging over the strips: from the first bar to the last one. */
export function watchZoom(signal: AbortSignal): void {
  let from: Place | null = null;
  addEventListener("pointerdown", (event) => {
    from = event.button === 0 ? placeOf(event) : null;
  }, { signal });
  // Without this, the browser would drag the link.
  addEventListener("dragstart", (event) => {
    if ((event.target as Element).closest?.(".stretches")) {
      event.preventDefault();
    }
  }, { signal });
  addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = placeOf(event, from.strips);
    from.strips.style.setProperty("--from", String(share(from, to, 0)));
    from.strips.style.setProperty("--to", String(share(from, to, 1)));
  }, { signal });
  addEventListener("pointerup", (event) => {
    const start = from;
    from = null;
    if (start === null) return;
    const to = placeOf(event, start.strips);
    const { strips } = start;
    strips.style.removeProperty("--to");
    const { zoom, since, step } = strips.dataset;
    if (to.at === start.at || !zoom || !since) return;
    const time = (at: number) =>
      new Date(Date.parse(since) + at * Number(step)).toISOString();
    location.assign(
      zoom
        .replace("SINCE", time(Math.min(start.at, to.at)))
        .replace("UNTIL", time(Math.max(start.at, to.at) + 1)),
    );
  }, { signal });
}

/** A bar: its strips and its number. */
interface Place {
  strips: HTMLElement;
  at: number;
}

function placeOf(event: PointerEvent): Place | null;
function placeOf(event: PointerEvent, strips: HTMLElement): Place;
function placeOf(
  { target, clientX }: PointerEvent,
  given?: HTMLElement,
): Place | null {
  const strip = given?.querySelector(".stretches") ??
    (target as Element).closest?.(".stretches");
  const strips = strip?.closest<HTMLElement>(".strips");
  if (!strip || !strips) return null;
  const { left, width } = strip.getBoundingClientRect();
  const steps = Number(strips.dataset.steps);
  const at = Math.floor((clientX - left) / width * steps);
  return { strips, at: Math.max(0, Math.min(steps - 1, at)) };
}

/** The start (0) or end (1) of the marked bars, as a share of the width. */
function share(from: Place, to: Place, end: 0 | 1): number {
  const at = end ? Math.max(from.at, to.at) : Math.min(from.at, to.at);
  return (at + end) / Number(from.strips.dataset.steps);
}
