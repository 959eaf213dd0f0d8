import type { SafeHost } from "../../lib/lists/safe_hosts.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { entryColumns, RemoveButton } from "./entry_columns.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";

/** The host names on the safelist, with their addresses. */
export function SafeHosts(
  { hosts, now }: { hosts: readonly SafeHost[]; now: number },
) {
  return (
    <section class="panel flush" aria-labelledby="hosts-title">
      <h2 id="hosts-title">Host names on the safelist</h2>
      <Table
        label="Host names on the safelist"
        rows={hosts}
        keyOf={({ host }) => host}
        columns={[
          {
            header: "Name",
            isRowHeader: true,
            class: "mono wrap",
            narrow: "first",
            cell: ({ host }) => host,
          },
          {
            header: "Addresses",
            cell: ({ addresses }) =>
              addresses.map((address) => (
                <div key={address} class="nowrap">
                  <DossierLink cidr={address} />
                </div>
              )),
          },
          {
            header: "Resolved",
            cell: ({ resolved_at, error }) => (
              <>
                <span class="nowrap">
                  <Time at={resolved_at} now={now} />
                </span>
                {error !== null && (
                  <div>
                    <span class="badge warn">DNS fails, kept since</span>{" "}
                    {error}
                  </div>
                )}
              </>
            ),
          },
          ...entryColumns(now),
          {
            header: "Action",
            isHeaderHidden: true,
            narrow: "bare",
            cell: ({ host }) => <RemoveButton ip={host} isBlocked={false} />,
          },
        ]}
      />
    </section>
  );
}
