import type { LogFormat } from "../format.ts";

/** Amazon S3's server access logs. */
export const awsS3: LogFormat = {
  name: "aws-s3",
  about: "Amazon S3's server access log",
  source:
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html",
  layout: {
    pattern:
      /^[\da-f-]+ \S+ \[(?<time>[^\]]+)\] (?<peer>\S+) (?:\S+|"[^"]*") \S+ [A-Z]+\.\S+ \S+ "(?<request>(?:[^"\\]|\\.)*)" (?<status>\d{3}) \S+ \S+ \S+ (?<ms>\d+|-) \S+ "(?<referrer>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)"/,
  },
  sample:
    `79a59df900b949e55d96a1e698fbaced my-bucket [17/May/2025:10:05:03 +0000] 192.0.2.10 - 3E57427F3EXAMPLE REST.GET.OBJECT index.html "GET /index.html HTTP/1.1" 200 - 5120 5120 12 11 "-" "curl/8.13.0" - s9lzHYrFp76Z= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader my-bucket.s3.amazonaws.com TLSv1.3`,
};
