import { Table } from "../ui/table.tsx";
import type { LoginsOf } from "../../lib/accounts/logins_of.ts";
import { Num } from "../ui/number.tsx";
import { Time } from "../ui/time.tsx";

const COUNTED = [
  ["success", "Logged in"],
  ["wrong", "Wrong password"],
  ["code", "Wrong or no code"],
  ["limited", "Refused"],
] as const;

/** The accounts that an address logged in to or tried to. */
export function DossierLogins(
  { logins, now }: { logins: LoginsOf; now: number },
) {
  const { attempts, accounts, known, isAll } = logins;
  const unknown = accounts - known.length;
  return (
    <section class="panel flush">
      <h2>Logins</h2>
      {attempts === 0
        ? <p class="empty">No login attempts in this period.</p>
        : (
          <p class="head">
            {isAll ? "" : "At least "}
            <Num value={attempts} /> {attempts === 1 ? "attempt" : "attempts"}
            {" "}
            at <Num value={accounts} />{" "}
            {accounts === 1 ? "name" : "different names"}
            {unknown > 0 && (
              <>
                , <Num value={unknown} /> that belong to no account
              </>
            )}.
          </p>
        )}
      {known.length > 0 && (
        <Table
          label="Logins"
          rows={known}
          keyOf={({ username }) => username}
          columns={[
            {
              header: "Account",
              isRowHeader: true,
              narrow: "first",
              cell: ({ username }) => username,
            },
            ...COUNTED.map(([outcome, header]) => ({
              header,
              class: "number",
              cell: ({ outcomes }: LoginsOf["known"][number]) => (
                <Num value={outcomes[outcome] ?? 0} />
              ),
            })),
            {
              header: "Last",
              class: "nowrap",
              cell: ({ last }) => <Time at={last} now={now} />,
            },
          ]}
        />
      )}
    </section>
  );
}
