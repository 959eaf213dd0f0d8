import type { LogFormat } from "../format.ts";

/** Cloudflare's Logpush, dataset HTTP requests. */
export const cloudflare: LogFormat = {
  name: "cloudflare",
  about: "Cloudflare's Logpush of HTTP requests",
  source:
    "https://developers.cloudflare.com/logs/reference/log-fields/zone/http_requests/",
  layout: {
    needs: ["ClientIP", "EdgeResponseStatus"],
    json: {
      time: ["EdgeStartTimestamp", "EdgeEndTimestamp"],
      peer: ["ClientIP"],
      method: ["ClientRequestMethod"],
      target: ["ClientRequestURI", "ClientRequestPath"],
      status: ["EdgeResponseStatus"],
      began: ["EdgeStartTimestamp", "EdgeEndTimestamp"],
      agent: ["ClientRequestUserAgent"],
      referrer: ["ClientRequestReferer"],
      host: ["ClientRequestHost"],
    },
  },
  sample:
    `{"ClientIP":"192.0.2.10","ClientRequestHost":"www.example.org","ClientRequestMethod":"GET","ClientRequestURI":"/","ClientRequestUserAgent":"curl/8.13.0","EdgeEndTimestamp":"2025-05-17T10:05:03.139Z","EdgeResponseStatus":200,"EdgeStartTimestamp":"2025-05-17T10:05:03.127Z"}`,
};
