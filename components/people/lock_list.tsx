import { Table } from "../ui/table.tsx";
import type { AccountLock } from "../../lib/accounts/locks.ts";
import { Time } from "../ui/time.tsx";

/** The active locks of an account, and the button that lifts them. */
export function LockList(
  { locks, now }: { locks: AccountLock[]; now: number },
) {
  return (
    <section class="panel">
      <h2>Locks</h2>
      {locks.length === 0 ? <p class="empty">There are no locks.</p> : (
        <>
          <Table
            label="Locks"
            rows={locks}
            keyOf={({ policy, who }) => policy + who}
            columns={[
              { header: "Applies to", cell: ({ who }) => who },
              { header: "Limit", cell: ({ policy }) => <code>{policy}</code> },
              { header: "Attempts", cell: ({ limit }) => limit },
              {
                header: "Opens",
                cell: ({ opens_at }) => <Time at={opens_at} now={now} />,
              },
            ]}
          />
          <form method="post">
            <button type="submit" name="action" value="lift">
              Lift all locks
            </button>
          </form>
        </>
      )}
    </section>
  );
}
