import type { LogFormat } from "../format.ts";

/** The `main` format of nginx' own packages. */
export const nginxMain: LogFormat = {
  name: "nginx-main",
  about: "combined with X-Forwarded-For at the end, as nginx' packages have it",
  source: "https://nginx.org/en/docs/http/ngx_http_log_module.html",
  layout: {
    definition:
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"',
  },
  sample:
    `10.0.0.2 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5120 "-" "curl/8.13.0" "192.0.2.10, 10.0.7.1"`,
};
