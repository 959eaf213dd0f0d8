import type { LogFormat } from "../format.ts";

/** AWS' classic load balancers. */
export const awsElb: LogFormat = {
  name: "aws-elb",
  about: "AWS' classic load balancer",
  source:
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html",
  layout: {
    pattern:
      /^(?<time>\d{4}-\S+Z) \S+ (?<peer_port>\S+:\d+) \S+ (?<seconds_sum>-?[\d.]+ -?[\d.]+ -?[\d.]+) (?<status>\d{3}) \S+ \d+ \d+ "(?<request>(?:[^"\\]|\\.)*)"(?: "(?<agent>(?:[^"\\]|\\.)*)")?/,
  },
  sample:
    `2025-05-17T10:05:03.127000Z my-loadbalancer 192.0.2.10:2817 10.0.0.1:80 0.000073 0.012000 0.000057 200 200 0 5120 "GET http://www.example.org:80/ HTTP/1.1" "curl/8.13.0" - -`,
};
