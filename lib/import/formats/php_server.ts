import type { LogFormat } from "../format.ts";

/** PHP's built-in server. */
export const phpServer: LogFormat = {
  name: "php",
  about: "PHP's built-in server",
  source: "https://www.php.net/manual/en/features.commandline.webserver.php",
  layout: {
    pattern:
      /^(?:\[\d+\] )?\[(?<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})\] (?<peer>\S+) \[(?<status>\d{3})\]: (?<method>[A-Z]+) (?<target>\S+)/,
    beside:
      /^(?:\[\d+\] )?\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\] (?:\S+:\d{1,5} (?:Accepted|Clos(?:ing|ed without sending a request; .*))|PHP \S+ Development Server .*)$/,
  },
  sample: `[Sat May 17 10:05:03 2025] 192.0.2.10:41822 [200]: GET /`,
};
