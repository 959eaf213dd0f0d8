import type { Finding } from "../lib/detection/finding.ts";
import type { Severity } from "../lib/detection/types.ts";
import { DossierLink } from "./dossier_link.tsx";
import { StatusBadge } from "./outcome.tsx";
import { Time, utc } from "./time.tsx";

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

/** How serious a finding is, in a word, a mark and a colour. */
export function SeverityBadge({ severity }: { severity: Severity }) {
  return (
    <span class={`badge ${KINDS[severity]}`}>
      <span aria-hidden="true">{MARKS[severity]}</span>
      {severity}
    </span>
  );
}

/** Findings with their evidence, and what can be done about them. */
export function FindingList(
  { findings, now, action = "" }: {
    findings: Finding[];
    now: number;
    action?: string;
  },
) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Findings">
      <table>
        <thead>
          <tr>
            <th scope="col">Severity</th>
            <th scope="col">Address</th>
            <th scope="col">Finding</th>
            <th scope="col">Last seen</th>
            <th scope="col">State</th>
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {findings.map((finding) => (
            <tr key={finding.id}>
              <td>
                <SeverityBadge severity={finding.severity} />
              </td>
              <td class="nowrap">
                <DossierLink cidr={finding.ip_address} />
              </td>
              <td class="long">
                <span class="mono">{finding.rule}</span>: {finding.explanation}
                <Evidence finding={finding} />
              </td>
              <td class="nowrap">
                <Time at={finding.last_seen} now={now} />
              </td>
              <td>
                {finding.is_active
                  ? <span class="badge warn">open</span>
                  : <span class="badge good">resolved</span>}
                {!finding.is_active && finding.resolved_by && (
                  <span class="muted">by {finding.resolved_by}</span>
                )}
                {finding.resolution && <p class="muted">{finding.resolution}
                </p>}
              </td>
              <td>
                <Actions finding={finding} action={action} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Evidence({ finding }: { finding: Finding }) {
  if (finding.evidence.length === 0) return null;
  return (
    <details>
      <summary>Evidence</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Time (UTC)</th>
            <th scope="col">Request</th>
            <th scope="col">Status</th>
            <th scope="col">User agent</th>
          </tr>
        </thead>
        <tbody>
          {finding.evidence.map((request, index) => (
            <tr key={index}>
              <td class="nowrap">{utc(request.timestamp)}</td>
              <td class="mono long">{request.method} {request.path}</td>
              <td>
                <StatusBadge status={request.status} />
              </td>
              <td class="long muted">{request.user_agent ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <a
        href={`/admin/requests?${new URLSearchParams({
          ip: finding.ip_address,
        })}`}
      >
        All requests of {finding.ip_address}
      </a>
    </details>
  );
}

function Actions({ finding, action }: { finding: Finding; action: string }) {
  const about = `${finding.rule} of ${finding.ip_address}`;
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
            <button
              class="danger small"
              type="submit"
              name="action"
              value="block"
              aria-label={`Block ${finding.ip_address} for 24 hours`}
            >
              Block 24 h
            </button>
            <button
              class="quiet small"
              type="submit"
              name="action"
              value="resolve"
              aria-label={`Resolve ${about}`}
            >
              Resolve
            </button>
          </>
        )
        : (
          <button
            class="quiet small"
            type="submit"
            name="action"
            value="reopen"
            aria-label={`Reopen ${about}`}
          >
            Reopen
          </button>
        )}
    </form>
  );
}
