import { sentenceOf } from "../../lib/policy/sentence.ts";
import { rulesOf, type Temporary } from "../../lib/policy/temporary.ts";
import { Num } from "../ui/number.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";

/** Temporary rules from decisions about incidents, and temporary challenges, until they expire. */
export function ForATime(
  { temporary, now }: { temporary: Temporary; now: number },
) {
  const { rules, challenged } = temporary;
  if (rules.length + challenged.length === 0) return null;
  const sentences = new Map(
    rulesOf(temporary).map((rule) => [rule.name, sentenceOf(rule)]),
  );
  return (
    <section class="panel flush" aria-labelledby="for-a-time-title">
      <div class="head">
        <h2 id="for-a-time-title">Temporary rules</h2>
        <p class="muted">
          Made by decisions about incidents; the{" "}
          <a href="/admin/audit">
            audit trail
          </a>{" "}
          undoes them. {challenged.length > 0 && (
            <>
              <Num value={challenged.length} />{" "}
              {challenged.length === 1 ? "address is" : "addresses are"}{" "}
              challenged before they are blocked.
            </>
          )}
        </p>
      </div>
      {rules.length > 0 && (
        <Table
          label="Temporary rules"
          rows={rules}
          keyOf={({ rule }) => rule.name}
          columns={[
            {
              header: "Rule",
              isRowHeader: true,
              class: "mono wrap",
              narrow: "first",
              cell: ({ rule }) => rule.name,
            },
            {
              header: "In words",
              class: "long",
              narrow: "bare",
              cell: ({ rule }) => sentences.get(rule.name),
            },
            { header: "By", cell: ({ by }) => by },
            {
              header: "Ends",
              class: "nowrap",
              cell: ({ until }) => <Time at={until} now={now} />,
            },
          ]}
        />
      )}
    </section>
  );
}
