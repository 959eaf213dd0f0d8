import type { Message } from "../message.ts";

/** One line above a message, of our own words only. */
export function titleOf({ severity, type }: Message): string {
  if (type === "test") return "Portcullis: test alert";
  return severity === null ? "Portcullis" : `Portcullis: ${severity}`;
}
