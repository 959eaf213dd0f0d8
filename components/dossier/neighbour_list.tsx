import type { Dossier } from "../../lib/console/dossier.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";
import { Scroll } from "../ui/scroll.tsx";

/** Who else was seen in the network around an address. */
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
        {count === 1 ? "address" : "addresses"}, this one included if it was
        there.
      </p>
      {others.length > 0 && (
        <Scroll label="Neighbours">
          <table>
            <thead>
              <tr>
                <th scope="col">Address</th>
                <th scope="col" class="number">Requests</th>
                <th scope="col" class="number">Blocked or limited</th>
              </tr>
            </thead>
            <tbody>
              {others.map(({ ip_address, requests, refused }) => (
                <tr key={ip_address} data-row={ip_address}>
                  <td>
                    <DossierLink cidr={ip_address} />
                  </td>
                  <td class="number">
                    <Num value={requests} />
                  </td>
                  <td class="number">
                    <Num value={refused} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
