import { HOUR } from "../../base/duration.ts";
import { botOf, isAttackTool } from "../../bots/bot_of.ts";
import { BIT } from "../../signals/signal.ts";
import type { Rule } from "../rule.ts";
import type { RequestRecord } from "../../log/request_record.ts";
import { counted, inTheHour } from "./words.ts";

/** An exploit in the User-Agent header (Log4Shell, Shellshock). */
const EXPLOIT = /\$\{|^\(\) ?[{:]/;
/** More requests of an attack tool than this are an attack, and not a first try. */
const MANY = 20;
/** The weight of an attack tool: one request is enough. */
const ATTACK = 1_000;

/**
 * User agents that identify themselves: attack tools are a warning from the first request on; many
 * requests of HTTP libraries or without a user agent are info. ModSecurity CRS rules 913100 to
 * 913120 (scanner detection) keep such a list; false user agents are left to the other rules.
 */
export function badBot(): Rule {
  const weights = (agent: string | null): number => {
    const name = agent?.trim() ?? "";
    if (name === "" || name === "-") return 1;
    if (isAttackTool(name) || EXPLOIT.test(name)) return ATTACK;
    return botOf(name)?.category === "tool" ? 1 : 0;
  };
  const attacks = (record: RequestRecord) =>
    (record.signals & BIT.scanner) !== 0 ||
    weights(record.user_agent) === ATTACK;
  return {
    name: "bad_bot",
    about:
      "User agents that name an attack tool; and, as info, many requests of an HTTP library or without a user agent.",
    severity: "info",
    windowMs: HOUR,
    threshold: 30,
    markThreshold: 0,
    weight: 1,
    only: {
      user_agent: (agent) => weights(agent) > 0,
      orSignals: BIT.scanner,
    },
    groupBy: (record) => record.ip_address,
    matches: () => true,
    marks: attacks,
    raise({ marked }) {
      if (marked === 0) return "info";
      return marked > MANY ? "critical" : "warning";
    },
    explain({ count, marked, window, evidence }) {
      const hour = inTheHour(window);
      if (marked > 0) {
        return `${counted(marked, "request")} of an attack tool ${hour}`;
      }
      const agent = evidence.at(-1)?.user_agent?.trim();
      const who = agent && agent !== "-"
        ? `of a tool with the user agent "${agent}"`
        : "without a user agent";
      return `${counted(count, "request")} ${who} ${hour}`;
    },
  };
}
