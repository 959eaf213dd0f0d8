import type { Check } from "./doctor.ts";
import { isBefore, LOWEST_DENO, TESTED_DENO } from "../base/deno_version.ts";
import { VERSION } from "../base/version.ts";

/** Deno and Portcullis. */
export function checkVersions(
  { deno = Deno.version.deno }: { deno?: string } = {},
): Check {
  const title = "Versions";
  const detail = `Portcullis ${VERSION}, Deno ${deno}.`;
  const fix = "deno upgrade";
  if (isBefore(deno, LOWEST_DENO)) {
    return {
      level: "bad",
      title,
      detail:
        `${detail} Deno is too old: ${LOWEST_DENO} is needed, ${TESTED_DENO} tested.`,
      fix,
    };
  }
  if (isBefore(deno, TESTED_DENO)) {
    return {
      level: "warn",
      title,
      detail: `${detail} It is tested with Deno ${TESTED_DENO}.`,
      fix,
    };
  }
  return { level: "ok", title, detail };
}
