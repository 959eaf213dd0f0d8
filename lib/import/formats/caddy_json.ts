import type { JsonFields } from "../json_fields.ts";
import type { LogFormat } from "../format.ts";

/** Fields of Caddy 2, in JSON and on a console. */
export const CADDY: JsonFields = {
  time: ["ts", "timestamp", "time"],
  peer: ["request.client_ip", "request.remote_ip", "request.remote_addr"],
  forwarded: ["request.headers.X-Forwarded-For"],
  method: ["request.method"],
  target: ["request.uri"],
  status: ["status"],
  duration: [["duration_ms", "ms"], ["duration", "s"]],
  agent: ["request.headers.User-Agent"],
  referrer: ["request.headers.Referer"],
  user: ["user_id"],
  host: ["request.host"],
};

/** Caddy 2; `client_ip` since 2.7, `remote_addr` before 2.5. */
export const caddyJson: LogFormat = {
  name: "caddy",
  about: "Caddy's JSON",
  source: "https://caddyserver.com/docs/caddyfile/directives/log",
  layout: {
    needs: ["request", "status"],
    json: CADDY,
  },
  sample:
    `{"level":"info","ts":1747476303.127,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"192.0.2.10","proto":"HTTP/1.1","method":"GET","host":"www.example.org","uri":"/","headers":{"User-Agent":["curl/8.13.0"]}},"user_id":"","duration":0.012,"size":5120,"status":200}`,
};
