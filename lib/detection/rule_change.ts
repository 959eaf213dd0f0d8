import { Refusal } from "../base/refusal.ts";
import { parseDuration } from "../base/duration.ts";
import { quoted } from "../base/quoted.ts";
import type { RuleSetting } from "./rule_settings.ts";

/**
 * Parses new numbers for a rule as `--set` takes them: `threshold=50`, `window=10m`, or both with a
 * comma.
 *
 * @throws {Refusal} for anything else.
 */
export function parseChange(
  text: string,
): Pick<RuleSetting, "threshold" | "windowMs"> {
  const change: Pick<RuleSetting, "threshold" | "windowMs"> = {};
  const parts = text.split(",").map((part) => part.trim()).filter(Boolean);
  for (const part of parts) {
    const [name, value = ""] = part.split("=", 2).map((side) => side.trim());
    if (name === "threshold" && /^\d{1,9}(\.\d{1,3})?$/.test(value)) {
      change.threshold = Number(value);
    } else if (name === "window") {
      change.windowMs = duration(part, value);
    } else {
      throw new Refusal("invalid", refusal(part));
    }
  }
  return change;
}

function duration(part: string, value: string): number {
  try {
    return parseDuration(value);
  } catch {
    throw new Refusal("invalid", refusal(part));
  }
}

function refusal(part: string): string {
  return `Cannot set ${
    quoted(part)
  }: expected threshold=NUMBER or window=DURATION, such as threshold=50,window=10m`;
}
