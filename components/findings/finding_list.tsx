import { Table } from "../ui/table.tsx";
import type { Finding } from "../../lib/detection/finding.ts";
import type { Severity } from "../../lib/detection/types.ts";
import { DossierLink, dossierPath } from "../ui/dossier_link.tsx";
import { FilterLink } from "../ui/filter_link.tsx";
import { StatusBadge } from "../ui/outcome.tsx";
import { Time, utc } from "../ui/time.tsx";

const KINDS: Record<Severity, string> = {
  info: "",
  warning: "warn",
  critical: "bad",
};
const MARKS: Record<Severity, string> = {
  info: "i",
  warning: "!",
  critical: "‼",
};

/** The subject of a finding about all traffic; it cannot be blocked. */
const WHOLE_SITE = "*";

/** The severity of a finding as a word, a mark and a colour. */
export function SeverityBadge({ severity }: { severity: Severity }) {
  return (
    <span class={`badge ${KINDS[severity]}`}>
      <span aria-hidden="true">{MARKS[severity]}</span>
      {severity}
    </span>
  );
}

/** Findings with their evidence and actions. */
export function FindingList(
  { findings, now, action = "", selectFor }: {
    findings: Finding[];
    now: number;
    action?: string;
    /** The id of the form for the selected rows. */
    selectFor?: string;
  },
) {
  return (
    <ul class="findings">
      {findings.map((finding) => (
        <li key={finding.id} data-row={finding.ip_address}>
          <div class="row">
            {selectFor && (
              <input
                type="checkbox"
                name="id"
                value={finding.id}
                form={selectFor}
                aria-label={`Select ${about(finding)}`}
              />
            )}
            <SeverityBadge severity={finding.severity} />
            <strong>
              <DossierLink cidr={finding.ip_address} />
            </strong>
            <span class="muted">
              <Time at={finding.last_seen} now={now} />
            </span>
            {!finding.is_active && <Resolution finding={finding} />}
          </div>
          <p>
            <span class="mono">{finding.rule}</span>: {finding.explanation}
          </p>
          <Actions finding={finding} action={action} />
          <Evidence finding={finding} />
        </li>
      ))}
    </ul>
  );
}

function Resolution({ finding }: { finding: Finding }) {
  const { resolved_by, resolution } = finding;
  return (
    <>
      <span class="badge good">✓ resolved</span>
      <span class="muted">
        {resolved_by && `by ${resolved_by}`}
        {resolution && `: ${resolution}`}
      </span>
    </>
  );
}

function Evidence({ finding }: { finding: Finding }) {
  if (finding.evidence.length === 0) return null;
  return (
    <details>
      <summary>
        Evidence
        <span class="visually-hidden">{` for ${about(finding)}`}</span>
      </summary>
      <Table
        label={`Evidence for ${about(finding)}`}
        rows={finding.evidence}
        columns={[
          {
            header: "Time (UTC)",
            class: "nowrap",
            cell: ({ timestamp }) => utc(timestamp),
          },
          {
            header: "Request",
            class: "mono long",
            narrow: "bare",
            cell: ({ method, path }) => `${method} ${path}`,
          },
          {
            header: "Status",
            cell: ({ status }) => <StatusBadge status={status} />,
          },
          {
            header: "User agent",
            class: "long muted",
            cell: ({ user_agent }) => user_agent ?? "–",
          },
        ]}
      />
      <p>
        <FilterLink name="ip" value={finding.ip_address}>
          All requests of {finding.ip_address}
        </FilterLink>
      </p>
    </details>
  );
}

function about({ rule, ip_address }: Finding): string {
  return `${rule} of ${ip_address}`;
}

function Actions({ finding, action }: { finding: Finding; action: string }) {
  return (
    <form method="post" action={action} class="inline">
      <input type="hidden" name="id" value={finding.id} />
      <input type="hidden" name="ip" value={finding.ip_address} />
      <input
        type="hidden"
        name="reason"
        value={`${finding.rule}: ${finding.explanation}`.slice(0, 400)}
      />
      <input type="hidden" name="for" value="24h" />
      {finding.is_active
        ? (
          <>
            {finding.ip_address.includes("/") && (
              <a
                class="button quiet small"
                href={dossierPath(finding.ip_address)}
                aria-label={`Block ${finding.ip_address}: look whom it would hit`}
              >
                Block…
              </a>
            )}
            {finding.ip_address !== WHOLE_SITE &&
              !finding.ip_address.includes("/") && (
              <button
                class="danger small"
                type="submit"
                name="action"
                value="block"
                aria-label={`Block 24 h: ${finding.ip_address}`}
              >
                Block 24 h
              </button>
            )}
            <button
              class="quiet small"
              type="submit"
              name="action"
              value="resolve"
              aria-label={`Dismiss ${about(finding)}`}
            >
              Dismiss
            </button>
          </>
        )
        : (
          <button
            class="quiet small"
            type="submit"
            name="action"
            value="reopen"
            aria-label={`Reopen ${about(finding)}`}
          >
            Reopen
          </button>
        )}
    </form>
  );
}
