import type { ComponentChildren } from "preact";

/** What became of the last action, or what went wrong with a form. */
export function Notice(
  { kind, children }: {
    kind: "good" | "bad" | "warn" | "info";
    children: ComponentChildren;
  },
) {
  return (
    <div class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      {children}
    </div>
  );
}
