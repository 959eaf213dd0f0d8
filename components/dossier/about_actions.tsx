import type { AboutKind } from "../ui/about_link.tsx";
import { Num } from "../ui/number.tsx";

/** The actions for an operator, a path and the like: export, filter, block. */
export function AboutActions(
  { kind, value, name, since, until, requests }: {
    kind: AboutKind;
    value: string;
    name: string;
    since: string;
    until: string | null;
    requests: number;
    url: URL;
  },
) {
  const log = new URLSearchParams({
    [kind]: value,
    since,
    ...until ? { until } : {},
  });
  const file = (format: string) =>
    `/admin/requests/export?${log}&format=${format}`;
  return (
    <section class="panel tight screen-only" aria-labelledby="act">
      <h2 id="act">Act</h2>
      <div class="row">
        <a class="button quiet small" href={`/admin/requests?${log}`}>
          Show in the log
        </a>
        <a class="button quiet small" href={file("csv")} f-client-nav={false}>
          Export these <Num value={requests} /> as CSV
        </a>
        <a class="button quiet small" href={file("json")} f-client-nav={false}>
          as JSON
        </a>
        {kind === "asn" && (
          <a
            class="button danger small"
            href={`/admin/blocked/operator?asn=${value.replace(/^AS/i, "")}`}
          >
            Block {name}…
          </a>
        )}
      </div>
    </section>
  );
}
