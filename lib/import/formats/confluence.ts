import type { LogFormat } from "../format.ts";

/** Tomcat's valve as Confluence and others of that house configure it. */
export const confluence: LogFormat = {
  name: "confluence",
  about: "Confluence's access log",
  source:
    "https://confluence.atlassian.com/doc/configure-access-logs-1044780567.html",
  layout: {
    pattern:
      /^\[(?<time>\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4})\] (?<user>\S{1,255}) (?:\S{1,2048} ){1,2}(?<peer>[\da-f.:]{3,45}) (?<method>[A-Z]{3,16}) (?<target>\S+) HTTP\/\d(?:\.\d)? (?<status>\d{3}) (?<ms>\d{1,10})ms (?:\d{1,15}|-) (?<referrer>\S+) (?<agent>.+)$/,
  },
  sample:
    `[17/May/2025:10:05:03 +0000] - http-nio-8090-exec-7 192.0.2.10 GET / HTTP/1.1 200 12ms 5120 - curl/8.13.0`,
};
