import type { LogFormat } from "../format.ts";

/** Request lines of Render's router. */
export const render: LogFormat = {
  name: "render",
  about: "Render's request log",
  source: "https://render.com/docs/logging",
  layout: {
    pattern:
      /^(?<time>\d{4}-\d\d-\d\dT\S{8,24}) \[(?<method>[A-Z]{3,16})\] ?(?<status>\d{3}) (?<host>[\w.:-]{1,255})(?<target>\/\S*) clientIP="(?<forwarded>[^"]{1,512})"(?: requestID="[^"]*")?(?: responseTimeMS=(?<ms>[\d.]+))?(?: responseBytes=\d+)?(?: userAgent="(?<agent>(?:[^"\\]|\\.)*)")?/,
  },
  sample:
    `2025-05-17T10:05:03.127Z [GET] 200 www.example.org/ clientIP="192.0.2.10" requestID="a1b2-c3" responseTimeMS=12 responseBytes=5120 userAgent="curl/8.13.0"`,
};
