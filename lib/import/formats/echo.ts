import type { LogFormat } from "../format.ts";

/**
 * Echo's default logger. It does not escape the target and the user agent: read as JSON, a visitor
 * could add fields of any name, an address too.
 */
export const echo: LogFormat = {
  name: "echo",
  about: "Echo's default logger",
  source: "https://echo.labstack.com/docs/middleware/logger",
  layout: {
    pattern:
      /^\{"time":"(?<time>[^"]{20,40})","id":"[^"]*","remote_ip":"(?<peer>[^"]{2,45})","host":"(?:(?<host>[\w.:*[\]-]+)|[^"]*)","method":"(?<method>[^"]{1,16})","uri":"(?<target>[^"]*(?:"(?!,"user_agent":")[^"]*)*)","user_agent":"(?<agent>.*)","status":(?<status>\d{3}),"error":"(?:[^"\\]|\\.)*","latency":(?<ns>\d{1,18}),"latency_human":"[^"]{2,24}","bytes_in":-?\d+,"bytes_out":-?\d+\}$/,
    // No other format may take those that do not fit.
    beside: /^\{"time":"[^"]*","id":"[^"]*","remote_ip":"/,
  },
  sample:
    `{"time":"2025-05-17T10:05:03.127440787Z","id":"","remote_ip":"192.0.2.10","host":"www.example.org","method":"GET","uri":"/","user_agent":"curl/8.13.0","status":200,"error":"","latency":12345678,"latency_human":"12.345678ms","bytes_in":0,"bytes_out":512}`,
};
