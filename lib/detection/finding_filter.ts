import { Refusal } from "../base/refusal.ts";
import { canonicalIp } from "../net/ip.ts";
import type { FindingFilter } from "./finding_index.ts";
import { SEVERITIES } from "./types.ts";

/** The filters of a list of findings that a URL can contain. */
export interface FindingFilters extends Pick<FindingFilter, "only" | "rule"> {
  /** Canonical. */
  ip?: string;
}

/**
 * Reads the filters from a URL's parameters.
 *
 * @param ruleParam The parameter that names the rule.
 * @throws {Refusal} 400 for an unknown severity, a malformed rule name or a malformed IP address.
 */
export function findingFilters(
  params: URLSearchParams,
  ruleParam: "rule" | "reason",
): FindingFilters {
  const text = (name: string) => params.get(name)?.trim() || undefined;
  const severity = text("severity");
  const only = SEVERITIES.find((each) => each === severity);
  if (severity !== undefined && only === undefined) {
    throw new Refusal(
      "malformed",
      `Cannot filter by severity "${severity}": expected ${
        SEVERITIES.join(", ")
      }`,
    );
  }
  const rule = text(ruleParam);
  if (rule !== undefined && !/^[a-z][a-z0-9_]{0,39}$/.test(rule)) {
    throw new Refusal(
      "malformed",
      `Cannot filter by ${ruleParam} "${rule}": expected a rule's name, such as high_volume`,
    );
  }
  const written = text("ip");
  const ip = written && (canonicalIp(written) ?? undefined);
  if (written !== undefined && ip === undefined) {
    throw new Refusal(
      "malformed",
      `Cannot filter by ip "${written}": expected an address`,
    );
  }
  return { only, rule, ip };
}
