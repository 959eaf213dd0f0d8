import type { LogFormat } from "../format.ts";

/** Uvicorn with a time, which is not in its default. */
export const uvicorn: LogFormat = {
  name: "uvicorn",
  about: "uvicorn with Python's %(asctime)s in front; its default has no time",
  source: "https://github.com/encode/uvicorn/blob/master/uvicorn/config.py",
  layout: {
    pattern:
      /^\[?(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,6})?)\]?[^"]{0,80}?(?<peer_port>[\da-f.:[\]]+:\d{1,5}) - "(?<request>(?:[^"\\]|\\.)*)" (?<status>\d{3})(?= |$)/,
  },
  sample:
    `2025-05-17 10:05:03,127 - uvicorn.access - INFO - 192.0.2.10:51712 - "GET / HTTP/1.1" 200`,
};
