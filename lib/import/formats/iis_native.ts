import type { LogFormat } from "../format.ts";

/** IIS' own format, not W3C's. */
export const iisNative: LogFormat = {
  name: "iis-native",
  about: "IIS' own format, with commas between its fields",
  source: "https://learn.microsoft.com/en-us/windows/win32/http/iis-logging",
  layout: {
    pattern:
      /^(?<peer>[\da-f.:]+), (?<user>[^,]*), (?<date_us>\d{1,2}\/\d{1,2}\/(?:\d{4}|\d\d)), (?<clock>\d{1,2}:\d\d:\d\d), [^,]*, [^,]*, [^,]*, (?<ms>\d+), \d+, \d+, (?<status>\d{3}), -?\d+, (?<method>[^,]*), (?<path>[^,]*), (?<query>.*?),? *$/,
  },
  sample:
    `192.0.2.10, -, 5/17/2025, 10:05:03, W3SVC1, WEB1, 10.0.0.1, 12, 305, 5120, 200, 0, GET, /, -,`,
};
