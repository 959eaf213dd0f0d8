import type { LogFormat } from "../format.ts";

/** The default of Apache and nginx. */
export const combined: LogFormat = {
  name: "combined",
  about: "Apache's and nginx' combined format, gunicorn's default too",
  source: "https://nginx.org/en/docs/http/ngx_http_log_module.html",
  layout: {
    definition:
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
  },
  sample:
    `192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5120 "-" "Mozilla/5.0"`,
};
