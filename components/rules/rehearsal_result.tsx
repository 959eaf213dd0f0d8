import type { Rehearsal } from "../../lib/detection/rehearse.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { SeverityBadge } from "../findings/finding_list.tsx";
import { Notice } from "../ui/notice.tsx";
import { Scroll } from "../ui/scroll.tsx";
import { utc } from "../ui/time.tsx";

/** More rows than this help nobody. */
const MAX_ROWS = 200;

/** Whom a rule would have flagged and blocked. */
export function RehearsalResult({ result }: { result: Rehearsal }) {
  const { rule, flagged, examined, from, to } = result;
  const signedIn = flagged.filter((item) => item.signed_in).length;
  const blocked = flagged.filter((item) => item.would_block);
  const blockedSignedIn = blocked.filter((item) => item.signed_in).length;
  return (
    <section class="panel flush" id="result" aria-labelledby="result-title">
      <div class="head">
        <h2 id="result-title">
          Rehearsal of <span class="mono">{rule}</span>
        </h2>
        <p>
          More than {result.threshold}, {utc(from)} to {utc(to)} UTC:{" "}
          {examined.toLocaleString("en")}{" "}
          requests examined. It would have flagged{" "}
          <strong>{flagged.length}</strong> ({signedIn} signed in,{" "}
          {flagged.length - signedIn} anonymous) and blocked{" "}
          <strong>{blocked.length}</strong> with AUTO_BLOCK=on{" "}
          ({blockedSignedIn} signed in, {blocked.length - blockedSignedIn}{" "}
          anonymous). Nothing was recorded.
        </p>
        {!result.is_complete && (
          <Notice kind="warn">
            This took long, so that only the latest hours were examined. Use
            {" "}
            <code>deno task detect --rehearse {rule}</code> for all of them.
          </Notice>
        )}
      </div>
      {flagged.length > 0 && (
        <Scroll label="Rehearsal">
          <table>
            <thead>
              <tr>
                <th scope="col">Severity</th>
                <th scope="col">Address</th>
                <th scope="col">Finding</th>
                <th scope="col" class="number">Hours</th>
                <th scope="col">Who</th>
                <th scope="col">Block</th>
              </tr>
            </thead>
            <tbody>
              {flagged.slice(0, MAX_ROWS).map((item) => (
                <tr key={item.ip_address}>
                  <td>
                    <SeverityBadge severity={item.severity} />
                  </td>
                  <td class="nowrap">
                    <DossierLink cidr={item.ip_address} />
                  </td>
                  <td class="long">{item.explanation}</td>
                  <td class="number">{item.hours}</td>
                  <td>{item.signed_in ? "signed in" : "anonymous"}</td>
                  <td>{item.would_block ? "yes" : "no"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
