import type { LogFormat } from "../format.ts";

/** Gin's default. */
export const gin: LogFormat = {
  name: "gin",
  about: "Gin's default",
  source: "https://gin-gonic.com/en/docs/examples/custom-log-format/",
  layout: {
    pattern:
      /^\[GIN\] (?<date>\d{4}\/\d\d\/\d\d) - (?<clock>\d\d:\d\d:\d\d) \| *(?<status>\d{3}) *\| *(?<ms>\S+) *\| *(?<peer>\S+) *\| *(?<method>[A-Z]+) +"(?<target>(?:[^"\\]|\\.)*)"/,
  },
  sample:
    `[GIN] 2025/05/17 - 10:05:03 | 200 |     12.345ms |      192.0.2.10 | GET      "/"`,
};
