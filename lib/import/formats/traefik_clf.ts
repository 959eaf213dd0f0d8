import type { LogFormat } from "../format.ts";

/** Traefik's default. */
export const traefikClf: LogFormat = {
  name: "traefik-clf",
  about: "Traefik's default: combined, then count, router, server and time",
  source: "https://doc.traefik.io/traefik/observability/access-logs/",
  layout: {
    pattern:
      /^(?<peer>\S+) - (?<user>[^[]*) \[(?<time>[^\]]+)\] "(?<request>(?:[^"\\]|\\.)*)" (?<status>\d{3}) \S+ "(?<referrer>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)" \d+ "[^"]*" "[^"]*" (?<ms>\d+)ms$/,
  },
  sample:
    `192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5120 "-" "curl/8.13.0" 1 "web@docker" "http://172.17.0.3:80" 12ms`,
};
