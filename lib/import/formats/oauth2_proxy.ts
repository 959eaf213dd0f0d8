import type { LogFormat } from "../format.ts";

/** oauth2-proxy's request log. */
export const oauth2Proxy: LogFormat = {
  name: "oauth2-proxy",
  about: "oauth2-proxy's request log",
  source:
    "https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview#request-log-format",
  layout: {
    pattern:
      /^(?<peer>\S+) - (?:[\w-]+ - )?(?<user>\S+) \[(?<time>[^\]]+)\] (?<host>\S+) (?<method>[A-Z]+) \S+ "(?<target>(?:[^"\\]|\\.)*)" HTTP\/\S+ "(?<agent>(?:[^"\\]|\\.)*)" (?<status>\d{3}) \d+ (?<s>\d+\.\d+)$/,
  },
  sample:
    `192.0.2.10 - 9f3b2c - ada@example.org [2025/05/17 10:05:03] www.example.org GET - "/" HTTP/1.1 "curl/8.13.0" 200 512 0.012`,
};
