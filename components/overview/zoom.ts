/** Lets one drag over the strips to zoom: from the bar where it began to the one where it ends. */
export function watchZoom(signal: AbortSignal): void {
  let from: HTMLElement | null = null;
  const barAt = (event: PointerEvent) =>
    document.elementFromPoint(event.clientX, event.clientY)
      ?.closest<HTMLElement>(".strip-bars > a") ?? null;
  addEventListener("pointerdown", (event) => {
    from = event.button === 0 ? barAt(event) : null;
  }, { signal });
  // A link that is dragged would be carried off instead.
  addEventListener("dragstart", (event) => {
    if ((event.target as Element).closest?.(".strip-bars")) {
      event.preventDefault();
    }
  }, { signal });
  addEventListener("pointermove", (event) => {
    if (from === null) return;
    mark(from, barAt(event));
  }, { signal });
  addEventListener("pointerup", (event) => {
    const to = barAt(event);
    const start = from;
    from = null;
    if (start === null || to === null || to === start) return;
    const [first, last] = inOrder(start, to);
    const pattern = start.closest<HTMLElement>("[data-zoom]")?.dataset.zoom;
    if (!pattern) return;
    location.assign(
      pattern
        .replace("SINCE", encodeURIComponent(first.dataset.start!))
        .replace("UNTIL", encodeURIComponent(last.dataset.end!)),
    );
  }, { signal });
}

function inOrder(a: HTMLElement, b: HTMLElement): [HTMLElement, HTMLElement] {
  return a.dataset.start! <= b.dataset.start! ? [a, b] : [b, a];
}

function mark(from: HTMLElement, to: HTMLElement | null): void {
  if (to === null) return;
  const [first, last] = inOrder(from, to);
  for (const bar of from.parentElement!.children as Iterable<HTMLElement>) {
    const start = bar.dataset.start ?? "";
    bar.toggleAttribute(
      "data-marked",
      from !== to && start >= first.dataset.start! &&
        start <= last.dataset.start!,
    );
  }
}
