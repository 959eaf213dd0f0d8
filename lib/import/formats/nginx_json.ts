import type { LogFormat } from "../format.ts";

/** nginx' variables as JSON, with their own names. */
export const nginxJson: LogFormat = {
  name: "nginx-json",
  about: "nginx with escape=json, its variables by their names",
  source: "https://nginx.org/en/docs/http/ngx_http_log_module.html",
  layout: {
    needs: ["remote_addr", "status"],
    json: {
      time: [
        "time_iso8601",
        "time_local",
        "msec",
        "@timestamp",
        "timestamp",
        "time",
      ],
      peer: ["remote_addr"],
      forwarded: [
        "http_x_forwarded_for",
        "x_forwarded_for",
        "http_x_real_ip",
        "x_real_ip",
        "real_ip",
        "xff",
      ],
      request: ["request"],
      method: ["request_method", "method"],
      target: ["request_uri", "uri", "path"],
      query: ["args", "query_string"],
      status: ["status"],
      duration: [["request_time", "s"]],
      agent: ["http_user_agent", "user_agent", "agent", "ua"],
      referrer: ["http_referer", "http_referrer", "referer", "referrer"],
      user: ["remote_user", "user"],
      host: ["http_host", "host", "server_name"],
    },
  },
  sample:
    `{"time_iso8601":"2025-05-17T12:05:03+02:00","remote_addr":"192.0.2.10","remote_user":"","request":"GET / HTTP/1.1","status":"200","request_time":"0.012","http_referer":"","http_user_agent":"curl/8.13.0","http_x_forwarded_for":""}`,
};
