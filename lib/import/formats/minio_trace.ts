import type { LogFormat } from "../format.ts";

/** Output of `mc admin trace`. */
export const minioTrace: LogFormat = {
  name: "minio-trace",
  about: "MinIO's trace as text",
  source:
    "https://min.io/docs/minio/linux/reference/minio-mc-admin/mc-admin-trace.html",
  layout: {
    pattern:
      /^(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?) \[(?<status>\d{3}) [^\]]*\] [\w.]+ [^\s/]*(?<target>\/\S*) (?<peer>[\da-f.:[\]]+) +(?<ms>[\d.]+[mµμn]?s)(?= )/,
  },
  sample:
    `2025-05-17T10:05:03.127 [200 OK] s3.GetObject s3.example.org/b/o 192.0.2.10       12.345ms     ⇣  11.2ms  ↑ 93 B ↓ 1.2 KiB`,
};
