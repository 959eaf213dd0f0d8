import type { PolicyRehearsal } from "../../lib/policy/rehearse.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";
import { Scroll } from "../ui/scroll.tsx";
import { utc } from "../ui/time.tsx";

/** What a declaration would have done to the stored requests, rule by rule. */
export function PolicyRehearsalResult({ result }: { result: PolicyRehearsal }) {
  return (
    <section class="panel flush" id="result" aria-labelledby="result-title">
      <div class="head">
        <h2 id="result-title">Rehearsal</h2>
        <p>
          <Num value={result.requests} /> requests from {utc(result.since)} to
          {" "}
          {utc(result.until)} UTC. Nothing was changed.
        </p>
        {!result.is_whole && (
          <p>
            <strong>Not all of it:</strong>{" "}
            the time ran out. A shorter time says more of it; deno task policy
            rehearse reads everything.
          </p>
        )}
      </div>
      <Scroll label="Rehearsal, rule by rule">
        <table>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col" class="number">Requests</th>
              <th scope="col" class="number">Addresses</th>
              <th scope="col" class="number">Signed-in users</th>
              <th scope="col" class="number">Crawlers</th>
              <th scope="col">Busiest</th>
              <th scope="col">Note</th>
            </tr>
          </thead>
          <tbody>
            {result.rules.map((rule) => (
              <tr key={rule.name}>
                <th scope="row" class="mono">{rule.name}</th>
                <td class="number">
                  <Num value={rule.requests} />
                </td>
                <td class="number">
                  <Num value={rule.clients} />
                </td>
                <td class="number">
                  <Num value={rule.users} />
                </td>
                <td class="number">
                  <Num value={rule.crawlers} />
                </td>
                <td>
                  {rule.top.slice(0, 3).map(({ ip_address, requests }) => (
                    <div key={ip_address} class="nowrap">
                      <DossierLink cidr={ip_address} /> {requests}
                    </div>
                  ))}
                </td>
                <td>
                  {rule.includes_you && <strong>includes you</strong>}
                  {rule.includes_you && rule.unknown.length > 0 && "; "}
                  {rule.unknown.length > 0 &&
                    `at most: the log does not tell ${rule.unknown.join(", ")}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
