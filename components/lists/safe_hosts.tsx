import type { SafeHost } from "../../lib/lists/safe_hosts.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { EntryCells, TakeOff } from "./entry_cells.tsx";
import { Scroll } from "../ui/scroll.tsx";
import { Time } from "../ui/time.tsx";

/** The names on the safelist, with what they resolve to. */
export function SafeHosts(
  { hosts, now }: { hosts: readonly SafeHost[]; now: number },
) {
  return (
    <section class="panel flush" aria-labelledby="hosts-title">
      <h2 id="hosts-title">Names on the safelist</h2>
      <Scroll label="Names on the safelist">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Addresses</th>
              <th scope="col">Looked up</th>
              <th scope="col">Reason</th>
              <th scope="col">By</th>
              <th scope="col">Since</th>
              <th scope="col">Ends</th>
              <th scope="col">
                <span class="visually-hidden">Action</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {hosts.map((host) => (
              <tr key={host.host} data-row={host.host}>
                <th scope="row" class="mono wrap">{host.host}</th>
                <td>
                  {host.addresses.map((address) => (
                    <div key={address} class="nowrap">
                      <DossierLink cidr={address} />
                    </div>
                  ))}
                </td>
                <td>
                  <span class="nowrap">
                    <Time at={host.resolved_at} now={now} />
                  </span>
                  {host.error !== null && (
                    <div>
                      <span class="badge warn">kept since</span> {host.error}
                    </div>
                  )}
                </td>
                <EntryCells
                  entry={{ ...host, ip_address: host.host }}
                  now={now}
                />
                <td>
                  <TakeOff ip={host.host} isBlocked={false} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
