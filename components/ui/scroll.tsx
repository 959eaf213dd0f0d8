import type { ComponentChildren } from "preact";

/** What may be wider than the screen: it scrolls by itself, by keyboard too (WCAG 2.1.1). */
export function Scroll(
  { label, isTall = false, children }: {
    label: string;
    /** Whether it scrolls within a height, too. */
    isTall?: boolean;
    children: ComponentChildren;
  },
) {
  return (
    <div
      class={isTall ? "scroll tall" : "scroll"}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      {children}
    </div>
  );
}
