import type { LogFormat } from "../format.ts";

/** Console output of loggers: words, then fields. */
export const behindText: LogFormat = {
  name: "behind-text",
  about:
    "text and fields behind it, as zap, slog, zerolog, logrus and Monolog have it",
  source: "docs/import.md",
  layout: { by: "behind_text" },
  sample:
    `2025-05-17T10:05:03.127Z\tINFO\thttp/access.go:42\trequest\t{"method": "GET", "path": "/", "status": 200, "latency": "12.3ms", "client_ip": "192.0.2.10"}`,
};
