import type { LogFormat } from "../format.ts";
import { CADDY } from "./caddy_json.ts";

/** Caddy 2's console output; the time is before the object. */
export const caddyConsole: LogFormat = {
  name: "caddy-console",
  about: "Caddy's console format",
  source: "https://caddyserver.com/docs/caddyfile/directives/log",
  layout: {
    behind:
      /^(?<time>\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d+)?)\t\S+\t\S+\t[^\t{]*\t(?<json>\{.*\})$/,
    json: CADDY,
  },
  sample:
    `2025/05/17 10:05:03.127\tINFO\thttp.log.access.log0\thandled request\t{"request": {"remote_ip": "192.0.2.10", "method": "GET", "host": "www.example.org", "uri": "/", "headers": {"User-Agent": ["curl/8.13.0"]}}, "user_id": "", "duration": 0.012, "size": 5120, "status": 200}`,
};
