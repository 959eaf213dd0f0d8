import type { LogFormat } from "../format.ts";

/** Envoy's JSON, as Istio and Envoy Gateway write it. */
export const envoyJson: LogFormat = {
  name: "envoy-json",
  about: "Envoy's and Istio's JSON",
  source: "https://istio.io/latest/docs/tasks/observability/logs/access-log/",
  layout: {
    needs: ["start_time", "response_code"],
    json: {
      time: ["start_time"],
      peer: [
        "downstream_direct_remote_address",
        "downstream_remote_address",
      ],
      forwarded: ["x_forwarded_for", "x-forwarded-for"],
      method: ["method", ":method"],
      target: ["x-envoy-origin-path", "path", ":path"],
      status: ["response_code"],
      duration: [["duration", "ms"]],
      agent: ["user_agent", "user-agent"],
      referrer: ["referer"],
      host: ["authority", ":authority"],
    },
  },
  sample:
    `{"start_time":"2025-05-17T10:05:03.127Z","method":"GET","path":"/","protocol":"HTTP/1.1","response_code":200,"bytes_sent":5120,"duration":12,"downstream_remote_address":"192.0.2.10:51712","x_forwarded_for":"192.0.2.10","user_agent":"curl/8.13.0","authority":"www.example.org"}`,
};
