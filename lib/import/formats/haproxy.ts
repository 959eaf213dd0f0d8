import type { LogFormat } from "../format.ts";

/** HAProxy's `option httplog` and `option httpslog`. */
export const haproxy: LogFormat = {
  name: "haproxy",
  about: "HAProxy's HTTP and HTTPS log; captured headers have no names",
  source: "https://docs.haproxy.org/2.8/configuration.html#8.2.3",
  layout: {
    escaping: "hash",
    pattern:
      /^(?<peer_port>[\da-f.:[\]]+:\d{1,5}) \[(?<time>[^\]]+)\] \S+ \S+ (?<timers>[+\-\d]+(?:\/[+\-\d]+){3,4}) (?<status>\d{3}) \S+ \S+ \S+ \S{4} [\d/+]+ [\d/]+ (?:\{[^}]*\} ){0,2}"(?<request>[^"]*)(?:"|$)/,
  },
  sample:
    `192.0.2.10:40000 [17/May/2025:10:05:03.127] fe_https~ be_app/app1 0/0/1/11/12 200 5332 - - ---- 1/1/0/0/0 0/0 {www.example.org} "GET / HTTP/1.1"`,
};
