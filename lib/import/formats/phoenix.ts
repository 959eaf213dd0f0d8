import type { LogFormat } from "../format.ts";

/** Usually without a day. */
const TIME = String
  .raw`(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:\.\d{1,6})?Z?`;
const KEY = String.raw`(?=(?:.{0,400}?\brequest_id=(?<key>[\w.-]+))?)`;
const LEVEL = String
  .raw`[^[]{0,400}\[(?:info|debug|notice)\] (?:[\w.]+=\S+ )*`;
/** The client's address is in the metadata, if the application puts it there. */
const PEER = String
  .raw`(?=(?:.{0,400}?\b(?:remote_ip|client_ip|remote_addr|ip|peer)=(?<peer>[\da-fA-F.:]+))?)`;

/** Phoenix' logger with Elixir's; the default has neither a day nor an address. */
export const phoenix: LogFormat = {
  name: "phoenix",
  about: "Phoenix' log, two lines a request, with a day and a remote_ip",
  source: "https://hexdocs.pm/phoenix/Phoenix.Logger.html",
  layout: {
    lines: {
      begins: new RegExp(
        `^(?<time>${TIME}) ${KEY}${PEER}${LEVEL}(?<method>[A-Z]+) (?<target>/\\S*)$`,
      ),
      ends: [{
        pattern: new RegExp(
          `^${TIME} ${KEY}${LEVEL}(?:Sent|Chunked) (?<status>\\d{3}) in (?<ms>[\\d.]+[mµμ]?s)$`,
        ),
      }],
      beside: new RegExp(`^${TIME} [^[]{0,400}\\[[a-z]{4,9}\\] `),
    },
  },
  sample:
    `2025-05-17 10:05:03.127 request_id=F0T1 remote_ip=192.0.2.10 [info] GET /
2025-05-17 10:05:03.139 request_id=F0T1 remote_ip=192.0.2.10 [info] Sent 200 in 12ms`,
};
