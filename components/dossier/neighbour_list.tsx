import { Table } from "../ui/table.tsx";
import type { Dossier } from "../../lib/console/dossier.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";

/** Other addresses seen in the network of an address. */
export function NeighbourList(
  { ip, network: { cidr, neighbours } }: {
    ip: string;
    network: NonNullable<Dossier["network"]>;
  },
) {
  const { count, top, isAll } = neighbours;
  const others = top.filter(({ ip_address }) => ip_address !== ip);
  return (
    <section class="panel flush">
      <h2>
        Neighbours in <DossierLink cidr={cidr} />
      </h2>
      <p class="head">
        {isAll ? "" : "At least "}
        <Num value={count} />{" "}
        {count === 1 ? "address" : "addresses"}, including this one.
      </p>
      {others.length > 0 && (
        <Table
          label="Neighbours"
          rows={others}
          keyOf={({ ip_address }) => ip_address}
          subjectOf={({ ip_address }) => ip_address}
          columns={[
            {
              header: "Address",
              narrow: "first",
              cell: ({ ip_address }) => <DossierLink cidr={ip_address} />,
            },
            {
              header: "Requests",
              class: "number",
              cell: ({ requests }) => <Num value={requests} />,
            },
            {
              header: "Blocked or limited",
              class: "number",
              cell: ({ refused }) => <Num value={refused} />,
            },
          ]}
        />
      )}
    </section>
  );
}
