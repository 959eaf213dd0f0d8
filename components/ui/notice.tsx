import type { ComponentChildren } from "preact";

/** The result of the last action, or the errors of a form. */
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
