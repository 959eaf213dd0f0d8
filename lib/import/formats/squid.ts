import type { LogFormat } from "../format.ts";

/** Squid's native format. */
export const squid: LogFormat = {
  name: "squid",
  about: "Squid's native format",
  source: "https://wiki.squid-cache.org/Features/LogFormat",
  layout: {
    pattern:
      /^(?<time>\d{9,10}\.\d{3}) +(?<ms>\d+) (?<peer>\S+) [A-Z_]+\/(?<status>\d{3}) \d+ (?<method>\S+) (?<target>\S+) (?<user>\S+) [A-Z_]+\/\S+/,
  },
  sample:
    `1747476303.127     12 192.0.2.10 TCP_MISS/200 5120 GET http://www.example.org/ - HIER_DIRECT/10.0.0.1 text/html`,
};
