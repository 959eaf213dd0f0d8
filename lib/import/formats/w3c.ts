import type { LogFormat } from "../format.ts";

/** A format whose directives name its fields. */
export const w3c: LogFormat = {
  name: "w3c",
  about: "W3C's extended format: IIS, CloudFront and all that say #Fields",
  source: "https://www.w3.org/TR/WD-logfile.html",
  layout: { by: "w3c" },
  sample:
    `#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken
2025-05-17 10:05:03 10.0.0.1 GET / - 443 - 192.0.2.10 curl/8.13.0 - 200 0 0 12`,
};
