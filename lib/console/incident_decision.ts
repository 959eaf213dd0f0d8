/**
 * Decisions about a whole incident: block its addresses, refuse an operator for a time on the
 * attacked paths, or watch. Each can be previewed.
 *
 * @module
 */
import { Refusal } from "../base/refusal.ts";
import { HOUR, MINUTE, spanText } from "../base/duration.ts";
import type { Incident } from "../detection/incidents/incident.ts";
import { titleOf } from "../detection/incidents/incident.ts";
import {
  setIncidentActive,
  watchIncident,
} from "../detection/incidents/store.ts";
import type { Operator, Operators } from "../geo/open_operators.ts";
import { type RehearsedRule, rehearsePolicy } from "../policy/rehearse.ts";
import { addTemporaryRule } from "../policy/temporary.ts";
import { appendAudit, type AuditEntry } from "../store/audit.ts";
import type { SignedInAuthor } from "./block_request.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { previewBlock } from "./incident_preview.ts";
import { actOnFindings } from "./inbox.ts";
import { lastAction } from "./last_action.ts";

/** The possible decisions. */
export const DECISIONS = ["block", "refuse_operator", "watch"] as const;

export type Decision = typeof DECISIONS[number];

/** A decision to carry out. */
export interface DecisionOrder {
  decision: Decision;
  /**
   * For `refuse_operator`: the refused paths, as a glob. @default the paths that the incident's
   * requests targeted
   */
  path?: string;
  /** For `refuse_operator`: the duration, in milliseconds. @default an hour */
  forMs?: number;
}

/** The preview of a decision. */
export interface DecisionPreview {
  decision: Decision;
  /** Addresses of the incident that it would affect. */
  addresses: number;
  /** Addresses that would be left out, with reasons; the first few. */
  spared: { ip_address: string; why: string }[];
  /** For `refuse_operator`: the operator, and the rule that would apply. */
  operator: { asn: number; name: string } | null;
  rule: Record<string, unknown> & { name: string } | null;
  /** When it would expire, in milliseconds since the epoch; null: never. */
  until: number | null;
  /** The effect that the rule would have had in the last hour. */
  rehearsal: RehearsedRule | null;
}

/** The result of a decision. */
export interface DecisionResult {
  incident: Incident;
  /** The reasons why some were skipped, one per line. */
  refused: string[];
  until: number | null;
  /** The audit entry whose undo reverts it; null for a block, which has one per address. */
  entry: AuditEntry | null;
}

/** The dependencies of decisions. */
export type DecisionParts = ConsoleParts & {
  operators: Pick<Operators, "operatorOf">;
};

const LONGEST = 7 * 24 * HOUR;
const BLOCK_MS = 24 * HOUR;
const MOST = 200;
const MOST_PATHS = 10;
const REHEARSAL_BUDGET_MS = 1_000;

/**
 * What a decision would do, and who else it would affect.
 *
 * @throws {Refusal} if it is not possible.
 */
export async function previewDecision(
  parts: DecisionParts,
  incident: Incident,
  order: DecisionOrder,
): Promise<DecisionPreview> {
  const { decision } = order;
  const now = parts.now();
  const nothing = {
    ...{ decision, addresses: 0, spared: [], operator: null },
    ...{ rule: null, until: null, rehearsal: null },
  };
  if (decision === "watch") return nothing;
  if (decision === "block") {
    const { targets, spared } = await previewBlock(
      parts,
      incident,
      "addresses",
      null,
    );
    const until = now + BLOCK_MS;
    return { ...nothing, addresses: targets.length, spared, until };
  }
  const { rule, operator, addresses, until } = ruleFor(parts, incident, order);
  const { rules: [rehearsal] } = await rehearsePolicy({
    kv: parts.kv,
    now: parts.now,
    rules: [rule],
    since: now - HOUR,
    ipv6Prefix: parts.config.ipv6Prefix,
    budgetMs: REHEARSAL_BUDGET_MS,
  });
  const { asn, name } = operator;
  return {
    ...nothing,
    ...{ addresses, rule, until, rehearsal: rehearsal ?? null },
    operator: { asn, name },
  };
}

/**
 * Carries out a decision, and records its author.
 *
 * @throws {Refusal} if it is not possible; nothing is changed then.
 */
export async function decide(
  parts: DecisionParts,
  incident: Incident,
  order: DecisionOrder,
  { why, who }: { why: string; who: SignedInAuthor },
): Promise<DecisionResult> {
  const { kv } = parts;
  const now = parts.now();
  const { id } = incident;
  const reason = why || titleOf(incident).slice(0, 400);
  if (order.decision === "watch") {
    const watched = await watchIncident(kv, id, {
      by: who.by,
      why: `watched${why ? `: ${why}` : ""}`,
      now,
    });
    const { decided_by, told_severity, is_watched } = incident;
    const entry = await appendAudit(kv, {
      ...{ who: who.by, what: "watch_incident", from: who.from },
      target: `incident ${id}`,
      why: why || null,
      reverse: {
        ...{ kind: "watch", id },
        before: {
          ...{ reason: incident.reason, decided_by, told_severity },
          is_watched: is_watched ?? false,
        },
      },
    }, now);
    return { incident: watched ?? incident, refused: [], until: null, entry };
  }
  if (order.decision === "refuse_operator") {
    const { rule, until } = ruleFor(parts, incident, order);
    await addTemporaryRule(kv, {
      ...{ rule, until, now, by: who.by, from: who.from },
      why: reason,
    });
    const decided = await setIncidentActive(kv, id, false, {
      by: who.by,
      why: `${rule.name} for ${spanText(until - now)}`,
      decision: "refused",
      now,
    });
    const entry = await lastAction(kv, now, {
      ...{ who: who.by, what: "add_temporary_rule", target: rule.name },
    });
    return { incident: decided ?? incident, refused: [], until, entry };
  }
  const { refused, done } = await actOnFindings(parts, "block", {
    ids: incident.findings.slice(0, MOST),
    why: reason,
    who,
  });
  const decided = done.length > 0 && refused.length === 0
    ? await setIncidentActive(kv, id, false, {
      by: who.by,
      why: why || "blocked",
      decision: "blocked",
      now,
    })
    : null;
  const until = now + BLOCK_MS;
  return { incident: decided ?? incident, refused, until, entry: null };
}

/** The rule that refuses the operator of most of an incident's addresses. */
function ruleFor(
  { operators, now }: DecisionParts,
  { id, addresses, targets }: Incident,
  { path, forMs = HOUR }: DecisionOrder,
) {
  if (!(forMs >= MINUTE && forMs <= LONGEST)) {
    throw new Refusal(
      "invalid",
      `Cannot refuse an operator for ${
        spanText(forMs)
      }: expected a minute to 7 days`,
    );
  }
  const byAsn = new Map<number, { operator: Operator; count: number }>();
  for (const ip of addresses) {
    const operator = operators.operatorOf(ip);
    if (operator === null) continue;
    const known = byAsn.get(operator.asn);
    if (known) known.count++;
    else byAsn.set(operator.asn, { operator, count: 1 });
  }
  const most = [...byAsn.values()].reduce<
    { operator: Operator; count: number } | null
  >((best, each) => best && best.count >= each.count ? best : each, null);
  if (most === null) {
    throw new Refusal(
      "conflict",
      "Cannot refuse an operator: the operator of these addresses is unknown",
    );
  }
  const paths = path !== undefined
    ? [path]
    : targets.slice(0, MOST_PATHS).map((target) =>
      `${target.replaceAll("#", "*").replace(/\/+$/, "")}*`
    );
  if (paths.length === 0 || !paths.every((each) => each.startsWith("/"))) {
    throw new Refusal(
      "invalid",
      "Cannot refuse an operator: expected a path that begins with /",
    );
  }
  const rule = {
    name: `incident-${id}`,
    refuse: true,
    when: {
      asn: [most.operator.asn],
      path: paths,
      not: [{ verified: true }, { user: "signed-in" }],
    },
  };
  const until = now() + forMs;
  return { rule, operator: most.operator, addresses: most.count, until };
}
