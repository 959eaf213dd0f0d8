import type { LogFormat } from "../format.ts";

/** Nginx Proxy Manager's own. */
export const nginxProxyManager: LogFormat = {
  name: "nginx-proxy-manager",
  about: "Nginx Proxy Manager's proxy hosts and default host",
  source: "https://nginxproxymanager.com/advanced-config/",
  layout: {
    pattern:
      /^\[(?<time>[^\]]+)\] (?:\S+ \S+ )?(?<status>\d{3}) - (?<method>\S+) \S+ (?<host>\S+) "(?<target>(?:[^"\\]|\\.)*)" \[Client (?<peer>[^\]]*)\] \[Length \S+\] \[Gzip \S+\] (?:\[Sent-to \S+\] )?"(?<agent>(?:[^"\\]|\\.)*)" "(?<referrer>(?:[^"\\]|\\.)*)"/,
  },
  sample:
    `[17/May/2025:10:05:03 +0000] - 200 200 - GET https www.example.org "/" [Client 192.0.2.10] [Length 5120] [Gzip -] [Sent-to 10.0.0.5] "curl/8.13.0" "-"`,
};
