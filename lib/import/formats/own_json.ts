import type { LogFormat } from "../format.ts";

/** Output of `export requests --format json`. */
export const ownJson: LogFormat = {
  name: "json",
  about: "Portcullis' own JSON, as the API and the export have it",
  source: "docs/api.md",
  layout: { by: "own_json" },
  sample:
    `{"timestamp":"2025-05-17T10:05:03.127Z","ip_address":"192.0.2.10","method":"GET","path":"/","status":200}`,
};
