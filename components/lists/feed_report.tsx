import { Table } from "../ui/table.tsx";
import type { FeedReport as Report } from "../../lib/feeds/feed.ts";
import { reportSummary, trafficSentence } from "../../lib/feeds/report_text.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";

/**
 * A list's changes to the blocklist, the clients it would have refused, and the skipped entries
 * with reasons.
 */
export function FeedReport({ report }: { report: Report }) {
  const { skipped_samples, damaged_samples, damaged, traffic } = report;
  const sentence = trafficSentence(report);
  return (
    <>
      <p>
        <Num value={report.entries} />{" "}
        {report.entries === 1 ? "entry" : "entries"}: {reportSummary(report)}.
      </p>
      {sentence && <p>{sentence}</p>}
      {traffic?.note && <p class="muted">{traffic.note}</p>}
      {traffic && traffic.top.length > 0 && (
        <Table
          label="Visitors"
          class="plain"
          rows={traffic.top}
          keyOf={({ ip }) => ip}
          columns={[
            {
              header: "Who would have been blocked",
              cell: ({ ip }) => <DossierLink cidr={ip} />,
            },
            {
              header: "Requests",
              class: "number",
              cell: ({ requests }) => <Num value={requests} />,
            },
          ]}
        />
      )}
      {skipped_samples.length > 0 && (
        <details>
          <summary>Skipped entries, and why</summary>
          <ul class="plain">
            {skipped_samples.map(({ ip, why }) => (
              <li key={ip}>
                <span class="mono">{ip}</span>: {why}
              </li>
            ))}
          </ul>
        </details>
      )}
      {damaged_samples.length > 0 && (
        <details>
          <summary>
            {damaged === 1 ? "An invalid line" : "Invalid lines"}
          </summary>
          <ul class="plain">
            {damaged_samples.map((text, index) => (
              <li key={index} class="mono long">{text}</li>
            ))}
          </ul>
          {damaged > damaged_samples.length && (
            <p class="muted">
              and <Num value={damaged - damaged_samples.length} /> more
            </p>
          )}
        </details>
      )}
    </>
  );
}
