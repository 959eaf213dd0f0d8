import { DossierLink } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";

/** The facts about an address; undefined for what does not apply to a range. */
export function DossierFacts(
  { kind, place, name, network, requests, isWhole, log }: {
    kind: string;
    place?: { country: string | null; city: string | null } | null;
    /** Its reverse DNS name. */
    name?: string | null;
    network: string | null;
    requests: number;
    /** False if time ran out: there may be more. */
    isWhole: boolean;
    /** The filter of its requests, as URL parameters. */
    log: string;
  },
) {
  const unknown = <span class="muted">not known</span>;
  return (
    <dl class="panel facts">
      <dt>Kind</dt>
      <dd>{kind}</dd>
      {place !== undefined && (
        <>
          <dt>Country</dt>
          <dd>{place?.country ?? unknown}</dd>
          <dt>City</dt>
          <dd>{place?.city ?? unknown}</dd>
        </>
      )}
      {network && (
        <>
          <dt>Network</dt>
          <dd>
            <DossierLink cidr={network} />
          </dd>
        </>
      )}
      {name !== undefined && (
        <>
          <dt>Reverse name</dt>
          <dd>{name ?? unknown}</dd>
        </>
      )}
      <dt>Requests</dt>
      <dd>
        {!isWhole && "at least "}
        <Num value={requests} /> ·{" "}
        <a href={`/admin/requests?${log}`}>In the log</a> ·{" "}
        <a href={`/admin/requests/export?${log}`}>Export as CSV</a>
      </dd>
    </dl>
  );
}
