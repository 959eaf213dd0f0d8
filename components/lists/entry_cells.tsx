import type { AccessEntry } from "../../lib/lists/access_entry.ts";
import { Time } from "../ui/time.tsx";

/** The cells that every table of list entries has: reason, author, since, until. */
export function EntryCells(
  { entry, now }: { entry: AccessEntry; now: number },
) {
  return (
    <>
      <td class="long">
        {entry.reason || <span class="muted">none given</span>}
      </td>
      <td>{entry.created_by}</td>
      <td class="nowrap">
        <Time at={entry.created_at} now={now} />
      </td>
      <td class="nowrap">
        {entry.expires_at === null
          ? "never"
          : <Time at={entry.expires_at} now={now} />}
      </td>
    </>
  );
}

/** The button that takes an entry off its list; posts to the page it stands on. */
export function TakeOff({ ip, isBlocked }: { ip: string; isBlocked: boolean }) {
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
