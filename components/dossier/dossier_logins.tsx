import type { LoginsOf } from "../../lib/accounts/logins_of.ts";
import { Num } from "../ui/number.tsx";
import { Scroll } from "../ui/scroll.tsx";
import { Time } from "../ui/time.tsx";

/** The accounts that an address logged in to or tried. */
export function DossierLogins(
  { logins, now }: { logins: LoginsOf; now: number },
) {
  const { attempts, accounts, known, isAll } = logins;
  const unknown = accounts - known.length;
  return (
    <section class="panel flush">
      <h2>Logins</h2>
      {attempts === 0
        ? <p class="empty">No attempt to log in in this time.</p>
        : (
          <p class="head">
            {isAll ? "" : "At least "}
            <Num value={attempts} /> {attempts === 1 ? "attempt" : "attempts"}
            {" "}
            at <Num value={accounts} />{" "}
            {accounts === 1 ? "name" : "different names"}
            {unknown > 0 && (
              <>
                , <Num value={unknown} /> of which no account here has
              </>
            )}.
          </p>
        )}
      {known.length > 0 && (
        <Scroll label="Logins">
          <table>
            <thead>
              <tr>
                <th scope="col">Account</th>
                <th scope="col" class="number">Logged in</th>
                <th scope="col" class="number">Wrong password</th>
                <th scope="col" class="number">Wrong or no code</th>
                <th scope="col" class="number">Refused</th>
                <th scope="col">Last</th>
              </tr>
            </thead>
            <tbody>
              {known.map(({ username, outcomes, last }) => (
                <tr key={username}>
                  <th scope="row">{username}</th>
                  {(["success", "wrong", "code", "limited"] as const).map(
                    (outcome) => (
                      <td class="number" key={outcome}>
                        <Num value={outcomes[outcome] ?? 0} />
                      </td>
                    ),
                  )}
                  <td class="nowrap">
                    <Time at={last} now={now} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
