import type { AccountLock } from "../../lib/accounts/locks.ts";
import { Time } from "../ui/time.tsx";

/** The locks that stand against an account, and the button that lifts them. */
export function LockList(
  { locks, now }: { locks: AccountLock[]; now: number },
) {
  return (
    <section class="panel">
      <h2>Locks</h2>
      {locks.length === 0 ? <p class="empty">No lock stands against it.</p> : (
        <>
          <table>
            <thead>
              <tr>
                <th scope="col">Keeps out</th>
                <th scope="col">Limit</th>
                <th scope="col">Attempts</th>
                <th scope="col">Opens</th>
              </tr>
            </thead>
            <tbody>
              {locks.map(({ policy, who, limit, opens_at }) => (
                <tr key={policy + who}>
                  <td>{who}</td>
                  <td>
                    <code>{policy}</code>
                  </td>
                  <td>{limit}</td>
                  <td>
                    <Time at={opens_at} now={now} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
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
