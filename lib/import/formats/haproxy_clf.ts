import type { LogFormat } from "../format.ts";

/** HAProxy's `option httplog clf`. */
export const haproxyClf: LogFormat = {
  name: "haproxy-clf",
  about: "HAProxy's `option httplog clf`; captured headers have no names",
  source: "https://docs.haproxy.org/2.8/configuration.html#8.2.3",
  layout: {
    escaping: "hash",
    pattern:
      /^(?<peer>\S{2,45}) - - \[(?<time>[^\]]{20,32})\] "(?<request>[^"]*)" (?<status>\d{3}) \d+ "[^"]*" "[^"]*" \d{1,5} \d{1,3} "[^"]*" "[^"]*" "[^"]*" (?:\+?-?\d+ ){4}\+?(?<ms>-?\d+) \S{4} /,
  },
  sample:
    `192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5332 "" "" 40000 127 "fe_http" "be_app" "app1" 0 0 1 11 12 ---- 1 1 0 0 0 0 0 "" "" `,
};
