import type { LogFormat } from "../format.ts";

/** CloudFront's real-time logs with their fields in the order of the documentation. */
export const cloudfrontRealtime: LogFormat = {
  name: "cloudfront-realtime",
  about: "CloudFront's real-time logs, all fields from the first on",
  source:
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html",
  layout: {
    pattern:
      /^(?<time>\d{10}\.\d{3})\t(?<peer>\S+)\t[\d.-]+\t(?<status>\d{3})\t\d+\t(?<method>[A-Z]+)\t\w+\t(?<host>\S+)\t(?<target>\S+)\t[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t(?<s>[\d.-]+)\t[^\t]*\t[^\t]*\t(?<agent>[^\t]*)(?:\t(?<referrer>[^\t]*))?/,
    escaping: "percent",
  },
  sample:
    `1747476303.127\t192.0.2.10\t0.002\t200\t5120\tGET\thttps\twww.example.org\t/\t78\tSEA19-C1\tabc==\td111.cloudfront.net\t0.012\tHTTP/2.0\tIPv4\tcurl/8.13.0\t-\t-\t-\tHit`,
};
