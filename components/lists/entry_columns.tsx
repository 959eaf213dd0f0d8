import type { AccessEntry } from "../../lib/lists/access_entry.ts";
import type { Column } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";

type Entry = Pick<
  AccessEntry,
  "reason" | "created_by" | "created_at" | "expires_at"
>;

/** The columns that all tables of list entries share: reason, author, since, until. */
export function entryColumns(now: number): Column<Entry>[] {
  return [
    {
      header: "Reason",
      class: "long",
      narrow: "bare",
      cell: ({ reason }) => reason || <span class="muted">none given</span>,
    },
    { header: "By", cell: ({ created_by }) => created_by },
    {
      header: "Since",
      class: "nowrap",
      cell: ({ created_at }) => <Time at={created_at} now={now} />,
    },
    {
      header: "Ends",
      class: "nowrap",
      cell: ({ expires_at }) =>
        expires_at === null ? "never" : <Time at={expires_at} now={now} />,
    },
  ];
}

/** The button that removes an entry from its list; posts to its page. */
export function RemoveButton(
  { ip, isBlocked }: { ip: string; isBlocked: boolean },
) {
  const label = isBlocked ? "Unblock" : "Remove";
  return (
    <form method="post">
      <input type="hidden" name="ip" value={ip} />
      <button
        class="quiet small"
        type="submit"
        name="action"
        value={isBlocked ? "unblock" : "disallow"}
        aria-label={`${label} ${ip}`}
      >
        {label}
      </button>
    </form>
  );
}
