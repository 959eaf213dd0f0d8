import type { LogFormat } from "../format.ts";

/** Envoy's and Istio's default text. */
export const envoy: LogFormat = {
  name: "envoy",
  about: "Envoy's default, Istio's too; the client is in X-Forwarded-For only",
  source:
    "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
  layout: {
    pattern:
      /^\[(?<time>[^\]]+)\] "(?<request>(?:[^"\\]|\\.)*)" (?<status>\d{1,3}) \S+ (?:[^\d"]\S* \S+ "(?:[^"\\]|\\.)*" )?(?:\d+|-) (?:\d+|-) (?<ms>\d+|-) (?:\d+|-) "(?<forwarded>[^"]*)" "(?<agent>(?:[^"\\]|\\.)*)" "[^"]*" "(?<host>[^"]*)" "[^"]*"/,
  },
  sample:
    `[2025-05-17T10:05:03.127Z] "GET / HTTP/1.1" 200 - 0 5120 12 11 "192.0.2.10" "curl/8.13.0" "0b4f1c22-8a0e" "www.example.org" "10.0.3.1:8080"`,
};
