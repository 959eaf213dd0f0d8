import type { LogFormat } from "../format.ts";

/** Actix' logger with env_logger. */
export const actix: LogFormat = {
  name: "actix",
  about: "the logger of Rust's actix-web, with env_logger",
  source:
    "https://docs.rs/actix-web/latest/actix_web/middleware/struct.Logger.html",
  layout: {
    pattern:
      /^\[(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) +[A-Z]+ +[\w:]+\] (?<peer>\S+) "(?<request>(?:[^"\\]|\\.)*)" (?<status>\d{3}) \d+ "(?<referrer>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)" (?<s>\d+\.\d+)$/,
  },
  sample:
    `[2025-05-17T10:05:03Z INFO  actix_web::middleware::logger] 192.0.2.10 "GET / HTTP/1.1" 200 5120 "-" "curl/8.13.0" 0.012103`,
};
