import type { LogFormat } from "../format.ts";

/** AWS' application load balancers. */
export const awsAlb: LogFormat = {
  name: "aws-alb",
  about: "AWS' application load balancer",
  source:
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
  layout: {
    pattern:
      /^(?:https?|h2|grpcs|wss?) (?<time>\S+) \S+ (?<peer_port>\S+) \S+ (?<seconds_sum>-?[\d.]+ -?[\d.]+ -?[\d.]+) (?<status>\d{3}) \S+ \d+ \d+ "(?<request>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)"/,
  },
  sample:
    `https 2025-05-17T10:05:03.127000Z app/my-alb/50dc6c495c0c9188 192.0.2.10:2817 10.0.0.1:80 0.000 0.012 0.000 200 200 225 5120 "GET https://www.example.org:443/ HTTP/1.1" "curl/8.13.0" - - arn:aws:x "Root=1-58337280" "-" "-" 0 2025-05-17T10:05:03.127000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`,
};
