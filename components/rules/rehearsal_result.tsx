import { Table } from "../ui/table.tsx";
import type { Rehearsal } from "../../lib/detection/rehearse.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { SeverityBadge } from "../findings/finding_list.tsx";
import { Notice } from "../ui/notice.tsx";
import { utc } from "../ui/time.tsx";

/** The maximum number of rows. */
const MAX_ROWS = 200;

/** The clients that a rule would have flagged and blocked. */
export function RehearsalResult(
  { result, apply }: {
    result: Rehearsal;
    /** The rehearsed change, as the rule's form takes it; null if nothing would change. */
    apply: { threshold: string; window: string; armed: boolean } | null;
  },
) {
  const { rule, flagged, examined, from, to } = result;
  const signedIn = flagged.filter((item) => item.signed_in).length;
  const blocked = flagged.filter((item) => item.would_block);
  const blockedSignedIn = blocked.filter((item) => item.signed_in).length;
  return (
    <section class="panel flush" id="result" aria-labelledby="result-title">
      <div class="head">
        <h2 id="result-title">
          Rehearsal of <span class="mono">{rule}</span>
        </h2>
        <p>
          More than {result.threshold}, {utc(from)} to {utc(to)} UTC:{" "}
          {examined.toLocaleString("en")}{" "}
          requests examined. It would have flagged{" "}
          <strong>{flagged.length}</strong> ({signedIn} signed in,{" "}
          {flagged.length - signedIn} anonymous) and blocked{" "}
          <strong>{blocked.length}</strong> with AUTO_BLOCK=on{" "}
          ({blockedSignedIn} signed in, {blocked.length - blockedSignedIn}{" "}
          anonymous). Nothing was recorded.
        </p>
        {apply && (
          <form method="post" class="inline">
            <input type="hidden" name="rule" value={rule} />
            <input type="hidden" name="threshold" value={apply.threshold} />
            <input type="hidden" name="window" value={apply.window} />
            {apply.armed && <input type="hidden" name="armed" value="1" />}
            <button type="submit" name="action" value="set">
              Apply: more than {apply.threshold}
              {apply.window && ` within ${apply.window}`}
            </button>
          </form>
        )}
        {!result.is_complete && (
          <Notice kind="warn">
            The rehearsal ran out of time, so only the latest hours were
            examined. Use <code>deno task detect --rehearse {rule}</code>{" "}
            for all of them.
          </Notice>
        )}
      </div>
      {flagged.length > 0 && (
        <Table
          label="Rehearsal"
          rows={flagged.slice(0, MAX_ROWS)}
          keyOf={({ ip_address }) => ip_address}
          subjectOf={({ ip_address }) =>
            ip_address}
          columns={[
            {
              header: "Severity",
              narrow: "first",
              cell: ({ severity }) => <SeverityBadge severity={severity} />,
            },
            {
              header: "Address",
              class: "nowrap",
              narrow: "first",
              cell: ({ ip_address }) => <DossierLink cidr={ip_address} />,
            },
            {
              header: "Finding",
              class: "long",
              narrow: "bare",
              cell: ({ explanation }) =>
                explanation,
            },
            {
              header: "Hours",
              class: "number",
              cell: ({ hours }) =>
                hours,
            },
            {
              header: "Who",
              cell: ({ signed_in }) => signed_in ? "signed in" : "anonymous",
            },
            {
              header: "Block",
              cell: ({ would_block }) => would_block ? "yes" : "no",
            },
          ]}
        />
      )}
    </section>
  );
}
