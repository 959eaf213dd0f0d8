import type { LogFormat } from "../format.ts";

/** Fields of an object, recognised by their names. */
export const anyJson: LogFormat = {
  name: "any-json",
  about: "JSON by the usual names of its fields, at any depth",
  source: "docs/import.md",
  layout: { by: "any_json" },
  sample:
    `{"level":30,"time":1747476303127,"req":{"method":"GET","url":"/","headers":{"user-agent":"curl/8.13.0"},"remoteAddress":"192.0.2.10"},"res":{"statusCode":200},"responseTime":12,"msg":"request completed"}`,
};
