import { DAY } from "../../lib/base/duration.ts";
import { countryName } from "../../lib/geo/country.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { Num } from "../ui/number.tsx";
import { OutcomeBadge, StatusBadge } from "../ui/outcome.tsx";
import { Time } from "../ui/time.tsx";
import { ValueMenu } from "./value_menu.tsx";

/** The props of {@linkcode RequestRow}. */
export interface RequestRowProps {
  record: Omit<RequestRecord, "signals" | "flags">;
  /** What its user agent claims to be; the code that tells is too large for the live view. */
  agent: string | null;
  now: number;
  /** The active filters, as URL parameters. */
  query: string;
  showAddress: boolean;
  isNew?: boolean;
  /** The link to its details; none without it. */
  open?: string;
  /** Whether its details are shown. */
  isOpen?: boolean;
}

/** A request as a table row, both on the server and in the live view; two lines on a phone. */
export function RequestRow(
  { record, agent, now, query, showAddress, isNew, open, isOpen }:
    RequestRowProps,
) {
  const { method, path, status, outcome, country_code: country } = record;
  const time = (
    <Time
      at={record.timestamp}
      now={now}
      isExact={now - record.timestamp >= DAY}
    />
  );
  return (
    <tr
      data-row={record.ip_address}
      class={isOpen ? "open" : isNew ? "new" : undefined}
      role="row"
    >
      <td class="nowrap when" role="cell">
        {open
          ? (
            <a
              href={open}
              data-open=""
            >
              {time}{" "}
              <span class="visually-hidden">
                Details of {method} {path}
              </span>
            </a>
          )
          : time}
      </td>
      {showAddress && (
        <td class="address mono" role="cell">
          <ValueMenu name="ip" value={record.ip_address} query={query} />
        </td>
      )}
      <td class="mono long what" role="cell">
        <div class="request">
          <ValueMenu name="method" value={method} query={query} />
          <ValueMenu name="path" value={path} query={query} />
        </div>
      </td>
      <td class="result" role="cell">
        <div class="row tight">
          <ValueMenu name="status" value={String(status)} query={query}>
            <StatusBadge status={status} />
          </ValueMenu>
          {outcome !== "allowed" && (
            <ValueMenu name="outcome" value={outcome} query={query}>
              <OutcomeBadge outcome={outcome} />
            </ValueMenu>
          )}
        </div>
      </td>
      <td class="place" role="cell">
        {country
          ? (
            <ValueMenu name="country" value={country} query={query}>
              {countryName(country) ?? country}
            </ValueMenu>
          )
          : <span class="muted">unknown</span>}
        {record.city && <span class="muted city">{record.city}</span>}
      </td>
      <td class="user" role="cell">
        {record.username
          ? <ValueMenu name="username" value={record.username} query={query} />
          : <span class="muted">–</span>}
      </td>
      <td class="short agent" role="cell">
        {agent === null
          ? <span class="muted">–</span>
          : <span class="muted" title={record.user_agent!}>{agent}</span>}
      </td>
      <td class="number took" role="cell">
        {record.duration_ms === null ? <span class="muted">–</span> : (
          <>
            <Num
              value={record.duration_ms}
              options={{ minimumFractionDigits: 1, maximumFractionDigits: 1 }}
            />{" "}
            ms
          </>
        )}
      </td>
    </tr>
  );
}
