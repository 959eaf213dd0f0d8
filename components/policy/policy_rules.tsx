import {
  fixedAsRules,
  type FixedRule,
  fixedSentence,
} from "../../lib/policy/fixed_rules.ts";
import { type Rule, RULE_KINDS } from "../../lib/policy/rule.ts";
import type { RuleSeries } from "../../lib/policy/rule_counts.ts";
import { sentenceOf } from "../../lib/policy/sentence.ts";
import { Table } from "../ui/table.tsx";
import { Lock } from "./lock.tsx";
import { RuleGraph } from "./rule_graph.tsx";

interface Row {
  rule: Rule;
  /** What set it, if it cannot be changed here. */
  source: string | null;
}

/** The active rules in the order of evaluation, then those that variables set. */
export function PolicyRules(
  { rules, fixed, counts, days, lockedBy }: {
    rules: readonly Rule[];
    fixed: readonly FixedRule[];
    counts: ReadonlyMap<string, RuleSeries>;
    /** The number of days that the counts cover. */
    days: number;
    /** Where the rules are declared, if not on this page. */
    lockedBy: string | null;
  },
) {
  const sorted = rules.toSorted((a, b) =>
    RULE_KINDS.indexOf(a.kind) - RULE_KINDS.indexOf(b.kind)
  );
  const set = fixedAsRules(fixed);
  const rows: Row[] = [
    ...sorted.map((rule) => ({ rule, source: lockedBy })),
    ...set.map((rule, at) => ({ rule, source: fixed[at]!.variable })),
  ];
  return (
    <Table
      label="Rules in force"
      rows={rows}
      keyOf={({ rule, source }) => `${source} ${rule.name}`}
      columns={[
        {
          header: "Rule",
          isRowHeader: true,
          class: "mono wrap",
          narrow: "first",
          cell: ({ rule }) => <span id={`rule-${rule.name}`}>{rule.name}</span>,
        },
        {
          header: "Does",
          narrow: "first",
          cell: ({ rule: { kind } }) => (
            <span class={`badge rule-${kind}`}>{kind}</span>
          ),
        },
        {
          header: "In words",
          class: "long",
          narrow: "bare",
          cell: ({ rule, source }) =>
            isFixed(source, lockedBy) ? fixedSentence(rule) : sentenceOf(rule),
        },
        {
          header: `Last ${days} days`,
          cell: ({ rule, source }) =>
            isFixed(source, lockedBy)
              ? (
                <a
                  href={`/admin/requests?rule=${rule.name}&since=${days}d`}
                  aria-label={`see the log of ${rule.name}`}
                >
                  see the log
                </a>
              )
              : <RuleGraph series={counts.get(rule.name)} days={days} />,
        },
        {
          header: "Set by",
          cell: ({ rule, source }) =>
            source === null
              ? (
                <a
                  href={`/admin/policy?without=${
                    encodeURIComponent(rule.name)
                  }#change`}
                  aria-label={`Try without ${rule.name}`}
                >
                  try without
                </a>
              )
              : (
                <span class="nowrap">
                  <Lock /> <code>{source}</code>
                </span>
              ),
        },
      ]}
    />
  );
}

function isFixed(source: string | null, lockedBy: string | null): boolean {
  return source !== null && source !== lockedBy;
}
