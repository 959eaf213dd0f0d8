import type { Geo } from "../geo/geo.ts";
import type { Place } from "../geo/place.ts";
import type { RequestRecord } from "./request_record.ts";

/**
 * What is added to records before they are stored: the place, and the address as it may be kept.
 * Asks once for each address in a batch; asking for each record was a fortieth of what the server
 * does under load.
 */
export function recordCompleter(
  geo: Pick<Geo, "peek">,
  storeAddress: (ip: string) => string,
): (records: readonly RequestRecord[]) => void {
  return function completeRecords(records) {
    const known = new Map<string, { place: Place | null; stored: string }>();
    for (const record of records) {
      const ip = record.ip_address;
      let found = known.get(ip);
      if (found === undefined) {
        found = { place: geo.peek(ip) ?? null, stored: storeAddress(ip) };
        known.set(ip, found);
      }
      // An imported record may know its place already.
      if (found.place) {
        record.country_code = found.place.country_code;
        record.city = found.place.city;
      }
      record.ip_address = found.stored;
    }
  };
}
