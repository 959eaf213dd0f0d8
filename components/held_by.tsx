import type { ListedEntry } from "../lib/guard/access_read.ts";
import { DossierLink } from "./dossier_link.tsx";
import { Num } from "./number.tsx";
import { Time } from "./time.tsx";

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
      <div
        class="scroll"
        tabIndex={0}
        role="region"
        aria-label="Entries that hold it"
      >
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
                <td class="long">
                  {entry.reason || <span class="muted">none given</span>}
                </td>
                <td>{entry.created_by}</td>
                <td class="nowrap">
                  <Time at={entry.created_at} now={now} />
                </td>
                <td class="nowrap">
                  {entry.expires_at === null
                    ? "never"
                    : <Time at={entry.expires_at} now={now} />}
                </td>
                <td class="number">
                  <Num value={entry.hits} />
                </td>
                <td>
                  <form method="post">
                    <input type="hidden" name="ip" value={entry.ip_address} />
                    <button
                      class="quiet small"
                      type="submit"
                      name="action"
                      value={entry.list === "blocked" ? "unblock" : "disallow"}
                    >
                      {entry.list === "blocked" ? "Unblock" : "Remove"}
                    </button>
                  </form>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
