import type { RequestRecord } from "../../lib/log/request_record.ts";
import { RequestRow } from "./request_row.tsx";
import { Scroll } from "../ui/scroll.tsx";

/** Where the live view puts what is new. */
export const LIVE_ROWS = "live-rows";

/** Requests as a table; each value has a menu to filter the log by it. */
export function RequestTable(
  { records, now, query = "", showAddress = true, isLive = false }: {
    records: RequestRecord[];
    now: number;
    /** The filters in use, as parameters of an address; menus add to them. */
    query?: string;
    showAddress?: boolean;
    /** Leaves room for new rows on top. */
    isLive?: boolean;
  },
) {
  return (
    <Scroll label="Requests">
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
        {isLive && <tbody id={LIVE_ROWS} />}
        <tbody>
          {records.map((record, index) => (
            <RequestRow
              key={index}
              record={record}
              now={now}
              query={query}
              showAddress={showAddress}
            />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
