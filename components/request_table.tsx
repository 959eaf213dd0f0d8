import { countryName } from "../lib/geo/country.ts";
import type { RequestRecord } from "../lib/guard/request_record.ts";
import { dossierPath } from "./dossier_link.tsx";
import { OutcomeBadge, StatusBadge } from "./outcome.tsx";
import { Time, utc } from "./time.tsx";

/** Requests as a table; each value is a link to the log filtered by it. */
export function RequestTable(
  { records, now, showAddress = true }: {
    records: RequestRecord[];
    now: number;
    showAddress?: boolean;
  },
) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Requests">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {showAddress && <th scope="col">Address</th>}
            <th scope="col">Request</th>
            <th scope="col">Status</th>
            <th scope="col">Outcome</th>
            <th scope="col">Place</th>
            <th scope="col">User</th>
            <th scope="col">User agent</th>
            <th scope="col" class="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record, index) => (
            <tr key={index}>
              <td class="nowrap">
                {now - record.timestamp < 86_400_000
                  ? <Time at={record.timestamp} now={now} />
                  : utc(record.timestamp)}
              </td>
              {showAddress && (
                <td class="mono nowrap">
                  <a href={dossierPath(record.ip_address)}>
                    {record.ip_address}
                  </a>
                </td>
              )}
              <td class="mono long">
                <a href={filtered("method", record.method)}>{record.method}</a>
                {" "}
                <a href={filtered("path", record.path)}>{record.path}</a>
              </td>
              <td>
                <a href={filtered("status", String(record.status))}>
                  <StatusBadge status={record.status} />
                </a>
              </td>
              <td>
                <a href={filtered("outcome", record.outcome)}>
                  <OutcomeBadge outcome={record.outcome} />
                </a>
              </td>
              <td>
                {record.country_code
                  ? (
                    <a href={filtered("country", record.country_code)}>
                      {countryName(record.country_code) ?? record.country_code}
                    </a>
                  )
                  : <span class="muted">unknown</span>}
                {record.city && <span class="muted">, {record.city}</span>}
              </td>
              <td>
                {record.username
                  ? (
                    <a href={filtered("username", record.username)}>
                      {record.username}
                    </a>
                  )
                  : <span class="muted">–</span>}
              </td>
              <td class="long muted">{record.user_agent ?? "–"}</td>
              <td class="number">{record.duration_ms.toFixed(1)} ms</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function filtered(name: string, value: string): string {
  return `/admin/requests?${new URLSearchParams({ [name]: value })}`;
}
