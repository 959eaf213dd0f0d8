import type { RequestRecord } from "../../lib/log/request_record.ts";
import { describeAgent } from "../../lib/base/user_agent.ts";
import { RequestRow } from "./request_row.tsx";
import { Scroll } from "../ui/scroll.tsx";

/** The element into which the live view inserts new rows. */
export const LIVE_ROWS = "live-rows";

const HEADERS = [
  "Time",
  "Address",
  "Request",
  "Status",
  "Place",
  "User",
  "User agent",
  "Duration",
];

/** Requests as a table; each value has a menu to filter the log by it. */
export function RequestTable(
  {
    records,
    ids,
    now,
    query = "",
    showAddress = true,
    isLive = false,
    openHref,
    open,
  }: {
    records: RequestRecord[];
    /** The records' ids, if they can be opened. */
    ids?: string[];
    now: number;
    /** The active filters, as URL parameters; menus add to them. */
    query?: string;
    showAddress?: boolean;
    /** Adds an element for new rows on top. */
    isLive?: boolean;
    /** The URL of the page with a record opened beside the list. */
    openHref?: (id: string) => string;
    /** The opened record. */
    open?: string | null;
  },
) {
  return (
    <Scroll label="Requests">
      <table class="requests" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {HEADERS.filter((header) => showAddress || header !== "Address")
              .map((header) => (
                <th
                  key={header}
                  scope="col"
                  role="columnheader"
                  class={header === "Duration" ? "number" : undefined}
                >
                  {header}
                </th>
              ))}
          </tr>
        </thead>
        {isLive && <tbody id={LIVE_ROWS} role="rowgroup" />}
        <tbody role="rowgroup">
          {records.map((record, index) => {
            const id = ids?.[index];
            // Called as a function, as Fresh adds markers for each component with a key.
            return RequestRow({
              record,
              agent: record.user_agent && describeAgent(record.user_agent),
              now,
              query,
              showAddress,
              open: id && openHref?.(id),
              isOpen: id !== undefined && id === open,
            });
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
