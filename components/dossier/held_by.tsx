import type { ListedEntry } from "../../lib/lists/access_read.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { EntryCells, TakeOff } from "../lists/entry_cells.tsx";
import { Num } from "../ui/number.tsx";
import { Scroll } from "../ui/scroll.tsx";

/** The entries of both lists that hold an address, each with a button that takes it off. */
export function HeldBy(
  { entries, now }: {
    entries: (ListedEntry & { list: string })[];
    now: number;
  },
) {
  return (
    <section class="panel flush">
      <h2>Entries that hold it</h2>
      <Scroll label="Entries that hold it">
        <table>
          <thead>
            <tr>
              <th scope="col">List</th>
              <th scope="col">Entry</th>
              <th scope="col">Reason</th>
              <th scope="col">By</th>
              <th scope="col">Since</th>
              <th scope="col">Ends</th>
              <th scope="col" class="number">Hits</th>
              <th scope="col">
                <span class="visually-hidden">Action</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.list + entry.ip_address}>
                <td>{entry.list === "blocked" ? "blocklist" : "safelist"}</td>
                <td class="nowrap">
                  <DossierLink cidr={entry.ip_address} />
                </td>
                <EntryCells entry={entry} now={now} />
                <td class="number">
                  <Num value={entry.hits} />
                </td>
                <td>
                  <TakeOff
                    ip={entry.ip_address}
                    isBlocked={entry.list === "blocked"}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
