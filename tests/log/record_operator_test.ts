import { assertEquals } from "@std/assert";
import { operatorsBy } from "../../lib/geo/open_operators.ts";
import { recordCompleter } from "../../lib/log/record_completer.ts";
import { fullAddresses } from "../../lib/privacy/address_storage.ts";
import { record } from "../detection/records.ts";

Deno.test("recordCompleter() adds who runs the address's network, and leaves what is not known", () => {
  let asked = 0;
  const complete = recordCompleter(
    { peek: () => null },
    fullAddresses,
    operatorsBy((ip) => {
      asked++;
      return ip === "203.0.113.9" ? { asn: 64500, name: "Example" } : null;
    }),
  );
  const records = [
    record({ ip_address: "203.0.113.9" }),
    record({ ip_address: "203.0.113.9" }),
    record({ ip_address: "198.51.100.7", asn: 64501, operator: "Imported" }),
  ];
  complete(records);
  assertEquals(
    records.map(({ asn, operator }) => [asn, operator]),
    [[64500, "Example"], [64500, "Example"], [64501, "Imported"]],
  );
  assertEquals(asked, 2);
});
