import type { LogFormat } from "../format.ts";

/** uWSGI's default. */
export const uwsgi: LogFormat = {
  name: "uwsgi",
  about: "uWSGI's default",
  source: "https://uwsgi-docs.readthedocs.io/en/latest/LogFormat.html",
  layout: {
    pattern:
      /^\[pid: \d+\|app: [^|]*\|req: [^\]]*\] (?<peer>\S+) \((?<user>[^)]*)\) \{[^}]*\} \[(?<time>[^\]]+)\] (?<method>\S+) (?<target>\S+) => generated \d+ bytes in (?<ms>\d+) msecs (?:via \S+ )?\((?:HTTP\/\S+) (?<status>\d{3})\)/,
  },
  sample:
    `[pid: 41|app: 0|req: 1/1] 192.0.2.10 () {34 vars in 625 bytes} [Sat May 17 10:05:03 2025] GET / => generated 5120 bytes in 12 msecs (HTTP/1.1 200) 2 headers in 79 bytes (1 switches on core 0)`,
};
