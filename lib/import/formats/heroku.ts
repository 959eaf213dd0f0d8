import type { LogFormat } from "../format.ts";

/** Heroku's router; the time is before its message. */
export const heroku: LogFormat = {
  name: "heroku",
  about: "Heroku's router, as `heroku logs` or a drain has it",
  source:
    "https://devcenter.heroku.com/articles/http-routing#heroku-router-log-format",
  layout: {
    pattern:
      /^(?:\d+ )?(?:<\d+>1 )?(?<time>\d{4}-\d\d-\d\dT\S+) (?:\S+ )?heroku[ []router(?: -|\]:)(?: -)? .*?\bmethod=(?<method>\S+) path="(?<target>(?:[^"\\]|\\.)*)" host=(?<host>\S+) (?:request_id=\S+ )?fwd="(?<forwarded>[^"]*)" dyno=\S* connect=\S* service=(?<ms>[\d.]*)m?s? status=(?<status>\d{3})/,
  },
  sample:
    `2025-05-17T10:05:03.127000+00:00 heroku[router]: at=info method=GET path="/" host=www.example.org request_id=8601b555 fwd="192.0.2.10" dyno=web.1 connect=0ms service=12ms status=200 bytes=5120 protocol=https`,
};
