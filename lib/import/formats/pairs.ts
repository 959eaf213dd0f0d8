import type { LogFormat } from "../format.ts";

/** logfmt, by the names of its fields. */
export const pairs: LogFormat = {
  name: "logfmt",
  about: "name=value, by the usual names of its fields",
  source: "docs/import.md",
  layout: { by: "pairs" },
  sample:
    `time=2025-05-17T10:05:03Z level=info method=GET path=/ status=200 remote_addr=192.0.2.10 user_agent="curl/8.13.0" duration=12ms`,
};
