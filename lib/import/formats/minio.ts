import type { LogFormat } from "../format.ts";

/** MinIO's audit log and trace, whose calls have names instead of methods. */
export const minio: LogFormat = {
  name: "minio",
  about: "MinIO's audit log and its trace as JSON",
  source:
    "https://min.io/docs/minio/linux/operations/monitoring/minio-logging.html",
  layout: {
    needs: ["time", "api"],
    json: {
      time: ["time"],
      peer: ["remotehost", "client"],
      target: ["requestPath", "path"],
      status: ["api.statusCode", "statusCode"],
      duration: [["api.timeToResponse", "ns"], ["callStats.duration", "ns"]],
      agent: ["userAgent"],
      user: ["accessKey"],
      host: ["requestHost"],
      hasNoMethod: true,
    },
  },
  sample:
    `{"version":"1","time":"2025-05-17T10:05:03.127481Z","api":{"name":"GetObject","bucket":"b","object":"o","status":"OK","statusCode":200,"timeToResponse":"12345678ns"},"remotehost":"192.0.2.10","userAgent":"MinIO (linux; amd64)","requestPath":"/b/o","requestHost":"s3.example.org"}`,
};
