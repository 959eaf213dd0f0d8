import type { ComponentChildren } from "preact";

/** An island that accepts any prop and shows that it was there. */
export default function Any(
  _props: { value: unknown; children?: ComponentChildren },
) {
  return <p>any</p>;
}
