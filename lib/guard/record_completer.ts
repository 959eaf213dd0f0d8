import type { Geo } from "../geo/geo.ts";
import type { RequestRecord } from "./request_record.ts";

/** What is added to a record before it is stored: its place, and its address as it may be kept. */
export function recordCompleter(
  geo: Pick<Geo, "peek">,
  storeAddress: (ip: string) => string,
): (record: RequestRecord) => void {
  return function completeRecord(record) {
    const place = geo.peek(record.ip_address);
    if (place) {
      record.country_code = place.country_code;
      record.city = place.city;
    }
    record.ip_address = storeAddress(record.ip_address);
  };
}
