import type { LogFormat } from "../format.ts";

/**
 * The combined format as some delivery networks write it: each field in quotes, the time as well.
 */
export const quotedClf: LogFormat = {
  name: "quoted-combined",
  about: "combined with every field in quotes, as Gcore has it",
  source:
    "https://gcore.com/docs/cdn/logs/logs-uploader-upload-cdn-logs-to-your-storage",
  layout: {
    pattern:
      /^"(?<peer>[^"]*)" "[^"]*" "(?<user>[^"]*)" "\[(?<time>[^\]"]*)\]" "(?<request>(?:[^"\\]|\\.)*)" "(?<status>\d{3})" "[^"]*"(?: "(?<referrer>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)")?/,
  },
  sample:
    `"192.0.2.10" "-" "-" "[17/May/2025:10:05:03 +0000]" "GET / HTTP/1.1" "200" "5120" "-" "curl/8.13.0" "-" "-" "-"`,
};
