import type { LogFormat } from "../format.ts";

/** Google Cloud's LogEntry: load balancers, Cloud Run, App Engine. */
export const googleCloud: LogFormat = {
  name: "google-cloud",
  about: "Google Cloud's load balancers, Cloud Run and App Engine",
  source: "https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry",
  layout: {
    needs: ["httpRequest"],
    json: {
      time: ["timestamp", "receiveTimestamp"],
      peer: ["httpRequest.remoteIp"],
      method: ["httpRequest.requestMethod"],
      target: ["httpRequest.requestUrl"],
      status: ["httpRequest.status"],
      duration: [["httpRequest.latency", "s"]],
      agent: ["httpRequest.userAgent"],
      referrer: ["httpRequest.referer"],
    },
  },
  sample:
    `{"httpRequest":{"requestMethod":"GET","requestUrl":"https://www.example.org/","status":200,"userAgent":"curl/8.13.0","remoteIp":"192.0.2.10","latency":"0.012000s"},"timestamp":"2025-05-17T10:05:03.127000Z","logName":"projects/example/logs/requests"}`,
};
