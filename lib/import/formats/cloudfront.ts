import type { LogFormat } from "../format.ts";

/** CloudFront's standard logs without the directives. */
export const cloudfront: LogFormat = {
  name: "cloudfront",
  about: "CloudFront's standard log, without its directives",
  source:
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
  layout: {
    pattern:
      /^(?<date>\d{4}-\d\d-\d\d)\t(?<clock>\d\d:\d\d:\d\d)\t[A-Z]{3}\S*\t\S+\t(?<peer>[\da-f.:]+)\t(?<method>[A-Z]+)\t\S+\t(?<path>\S+)\t(?<status>\d{3})\t(?<referrer>\S+)\t(?<agent>\S+)\t(?<query>\S+)\t\S+\t\S+\t\S+\t(?<host>\S+)\t\S+\t\S+\t(?<s>[\d.]+)/,
    escaping: "percent",
  },
  sample:
    `2025-05-17\t10:05:03\tFRA60-P2\t5520\t192.0.2.10\tGET\td111111abcdef8.cloudfront.net\t/\t200\t-\tcurl/8.13.0\t-\t-\tMiss\txGN7KWpV\twww.example.org\thttps\t305\t0.012\t-`,
};
