import type { LogFormat } from "../format.ts";

/** Tornado's and Jupyter's lines. */
export const tornado: LogFormat = {
  name: "tornado",
  about: "Tornado's and Jupyter's log",
  source: "https://www.tornadoweb.org/en/stable/log.html",
  layout: {
    pattern:
      /^\[[A-Z] (?:(?<date>\d{4}-\d\d-\d\d)|(?<date_short>\d{6})) (?<clock>\d\d:\d\d:\d\d(?:[.,]\d{3})?) [\w.: -]{1,64}\] (?<status>\d{3}) (?<method>[A-Z]+) (?<target>\S+) (?:-> \S+ )?\((?:(?<user>[^@() ]*)@)?(?<peer>[\da-f.:]+)\) (?<ms>\S+ms)/,
  },
  sample:
    `[I 2025-05-17 10:05:03.127 ServerApp] 200 GET / (ada@192.0.2.10) 12.10ms`,
};
