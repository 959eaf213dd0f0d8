import type { Message } from "../message.ts";

/** A one-line title without visitor data. */
export function titleOf({ severity, type }: Message): string {
  if (type === "test") return "Portcullis: test alert";
  return severity === null ? "Portcullis" : `Portcullis: ${severity}`;
}
