import type { Check } from "./doctor.ts";
import { VERSION } from "../base/version.ts";

/** Below it, Portcullis does not run; what it is tested with. */
const OLDEST = [2, 5];
const TESTED = [2, 9];

/** Deno, Portcullis, and which Fresh. */
export function checkVersions(
  { deno = Deno.version.deno, fresh = freshInUse() }: {
    deno?: string;
    fresh?: string;
  } = {},
): Check {
  const title = "Versions";
  const detail = `Portcullis ${VERSION}, Deno ${deno}, Fresh: ${fresh}.`;
  const given = deno.split(".").map(Number);
  const tested = TESTED.join(".");
  const fix = "deno upgrade";
  if (isBefore(given, OLDEST)) {
    return {
      level: "bad",
      title,
      detail: `${detail} Deno is too old: ${
        OLDEST.join(".")
      } is needed, ${tested} tested.`,
      fix,
    };
  }
  if (isBefore(given, TESTED)) {
    return {
      level: "warn",
      title,
      detail: `${detail} It is tested with Deno ${tested}.`,
      fix,
    };
  }
  return { level: "ok", title, detail };
}

function isBefore([major = 0, minor = 0]: number[], [m = 0, n = 0]: number[]) {
  return major < m || major === m && minor < n;
}

function freshInUse(): string {
  try {
    const found = import.meta.resolve("fresh");
    return /\/links\/fresh\//.test(found)
      ? "the stand-in in links/"
      : /@fresh\/core[@/]([\w.^~-]+)/.exec(found)?.[1] ?? "upstream";
  } catch {
    return "none";
  }
}
