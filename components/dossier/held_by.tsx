import { Table } from "../ui/table.tsx";
import type { ListedEntry } from "../../lib/lists/access_read.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { entryColumns, RemoveButton } from "../lists/entry_columns.tsx";
import { Num } from "../ui/number.tsx";

/** The entries of both lists that match an address, each with a button to remove it. */
export function HeldBy(
  { entries, now }: {
    entries: (ListedEntry & { list: string })[];
    now: number;
  },
) {
  return (
    <section class="panel flush">
      <h2>Entries that contain it</h2>
      <Table
        label="Entries that contain it"
        rows={entries}
        keyOf={({ list, ip_address }) => list + ip_address}
        columns={[
          {
            header: "List",
            narrow: "first",
            cell: ({ list }) => list === "blocked" ? "blocklist" : "safelist",
          },
          {
            header: "Entry",
            class: "nowrap",
            narrow: "first",
            cell: ({ ip_address }) => <DossierLink cidr={ip_address} />,
          },
          ...entryColumns(now),
          {
            header: "Hits",
            class: "number",
            cell: ({ hits }) => <Num value={hits} />,
          },
          {
            header: "Action",
            isHeaderHidden: true,
            narrow: "bare",
            cell: ({ list, ip_address }) => (
              <RemoveButton ip={ip_address} isBlocked={list === "blocked"} />
            ),
          },
        ]}
      />
    </section>
  );
}
