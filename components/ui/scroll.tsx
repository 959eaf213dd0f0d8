import type { ComponentChildren } from "preact";

/** A region for content wider than the screen: it scrolls, by keyboard too (WCAG 2.1.1). */
export function Scroll(
  { label, isTall = false, children }: {
    label: string;
    /** Whether its height is limited, too. */
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
