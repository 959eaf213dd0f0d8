import type { ComponentChildren } from "preact";

/** What may be wider than the screen: it scrolls by itself, by keyboard too (WCAG 2.1.1). */
export function Scroll(
  { label, children }: { label: string; children: ComponentChildren },
) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}
