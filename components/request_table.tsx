import { countryName } from "../lib/geo/country.ts";
import type { RequestRecord } from "../lib/guard/request_record.ts";
import { DossierLink } from "./dossier_link.tsx";
import { FilterLink } from "./filter_link.tsx";
import { OutcomeBadge, StatusBadge } from "./outcome.tsx";
import { Time, utc } from "./time.tsx";
import { UserAgent } from "./user_agent.tsx";

const DAY = 86_400_000;

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
            <th scope="col">Place</th>
            <th scope="col">User</th>
            <th scope="col">User agent</th>
            <th scope="col" class="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record, index) => (
            <Row
              key={index}
              record={record}
              now={now}
              showAddress={showAddress}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row(
  { record, now, showAddress }: {
    record: RequestRecord;
    now: number;
    showAddress: boolean;
  },
) {
  const { method, path, status, outcome, country_code: country } = record;
  return (
    <tr>
      <td class="nowrap">
        {now - record.timestamp < DAY
          ? <Time at={record.timestamp} now={now} />
          : utc(record.timestamp)}
      </td>
      {showAddress && (
        <td class="nowrap">
          <DossierLink cidr={record.ip_address} />
        </td>
      )}
      <td class="mono long">
        <div class="request">
          <FilterLink name="method" value={method} />
          <FilterLink name="path" value={path} />
        </div>
      </td>
      <td class="nowrap">
        <FilterLink name="status" value={String(status)}>
          <StatusBadge status={status} />
        </FilterLink>{" "}
        {outcome !== "allowed" && (
          <FilterLink name="outcome" value={outcome}>
            <OutcomeBadge outcome={outcome} />
          </FilterLink>
        )}
      </td>
      <td class="short">
        {country
          ? (
            <FilterLink name="country" value={country}>
              {countryName(country) ?? country}
            </FilterLink>
          )
          : <span class="muted">unknown</span>}
        {record.city && <span class="muted">, {record.city}</span>}
      </td>
      <td>
        {record.username
          ? <FilterLink name="username" value={record.username} />
          : <span class="muted">–</span>}
      </td>
      <td class="short">
        <UserAgent text={record.user_agent} />
      </td>
      <td class="number">{record.duration_ms.toFixed(1)} ms</td>
    </tr>
  );
}
