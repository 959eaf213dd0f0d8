import type { LogFormat } from "../format.ts";

/** Debian's other_vhosts_access.log. */
export const vhostCombined: LogFormat = {
  name: "vhost_combined",
  about: "combined with the virtual host and perhaps its port in front",
  source: "https://httpd.apache.org/docs/2.4/mod/mod_log_config.html",
  layout: {
    definition: '%v %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"',
  },
  sample:
    `www.example.org:443 192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5120 "-" "curl/8.13.0"`,
};
