import { page } from "fresh";
import { DossierLink } from "../../components/ui/dossier_link.tsx";
import { linkTo } from "../../components/ui/pager.tsx";
import { PlaceName } from "../../components/ui/place.tsx";
import { Table } from "../../components/ui/table.tsx";
import { Time } from "../../components/ui/time.tsx";
import { UserAgent } from "../../components/ui/user_agent.tsx";
import { findPeople, loginsOfAll } from "../../lib/accounts/people.ts";
import { wordParam } from "../../lib/http/list_query.ts";
import { parseIp } from "../../lib/net/ip.ts";
import { define } from "../../signed_in.ts";
import { Field } from "../../components/ui/field.tsx";

/** The request log has more. */
const SHOWN = 200;
const RESULTS = {
  "": "All",
  success: "Logged in",
  wrong: "Wrong password",
  code: "Wrong or no code",
  limited: "Refused",
} as const;
const BADGES = {
  success: ["good", "✓ logged in"],
  wrong: ["warn", "✕ wrong password"],
  limited: ["warn", "◷ refused: too many attempts"],
  code: ["bad", "! right password, no code"],
} as const;

export const handler = define.handlers({
  async GET(ctx) {
    const { accounts, now } = ctx.state.services;
    const params = ctx.url.searchParams;
    const result = wordParam(params, "result", [
      ...["", "success", "wrong", "code", "limited"] as const,
    ]);
    const isNew = wordParam(params, "new", ["0", "1"]) === "1";
    const search = params.get("user") ?? "";
    const country = (params.get("country") ?? "").trim().toLowerCase();
    ctx.state.title = "Logins";
    const all = await loginsOfAll(accounts, await findPeople(accounts, search));
    const found = all.filter((login) =>
      (result === "" || login.outcome === result) &&
      (!isNew || login.is_new_country === true) &&
      (country === "" || login.country?.toLowerCase().includes(country))
    );
    return page({ found, isNew, result, search, country, now: now() });
  },
});

export default define.page<typeof handler>(function Logins({ data, url }) {
  const { found, isNew, result, search, country, now } = data;
  return (
    <>
      <h1>Logins</h1>
      <p class="muted">
        The last twenty logins and attempts of each account. A login from a
        country that is new for the account is marked, and causes an alert.
      </p>
      <nav class="row" aria-label="Which logins">
        <a
          class="chip"
          href={linkTo(url, { new: isNew ? null : "1" })}
          aria-current={isNew ? "true" : "false"}
        >
          From a new country
        </a>
        {Object.entries(RESULTS).map(([value, label]) => (
          <a
            class="chip"
            key={value}
            href={linkTo(url, { result: value || null })}
            aria-current={value === result ? "true" : "false"}
          >
            {label}
          </a>
        ))}
      </nav>
      <form method="get" class="panel tight filters" aria-label="Filter logins">
        {isNew && <input type="hidden" name="new" value="1" />}
        {result && <input type="hidden" name="result" value={result} />}
        <Field label="User" name="user" value={search} autocomplete="off" />
        <Field
          label="Country"
          name="country"
          value={country}
          autocomplete="off"
        />
        <button type="submit">Filter</button>
      </form>
      <div class="panel flush">
        {found.length === 0
          ? (
            <p class="empty">
              {isNew
                ? "Nobody logged in from a new country."
                : "No login matches."}
            </p>
          )
          : (
            <Table
              label="Logins"
              rows={found.slice(0, SHOWN)}
              subjectOf={({ ip_address }) =>
                parseIp(ip_address) === null ? undefined : ip_address}
              columns={[
                {
                  header: "Time",
                  class: "nowrap",
                  narrow: "first",
                  cell: ({ at }) => <Time at={at} now={now} />,
                },
                {
                  header: "User",
                  narrow: "first",
                  cell: ({ user }) => (
                    <a href={`/admin/users/${user.id}`}>{user.username}</a>
                  ),
                },
                {
                  header: "Result",
                  class: "nowrap",
                  narrow: "bare",
                  cell: ({ outcome, count }) => (
                    <>
                      <span class={`badge ${BADGES[outcome][0]}`}>
                        {BADGES[outcome][1]}
                      </span>
                      {count > 1 && ` × ${count}`}
                    </>
                  ),
                },
                {
                  header: "Place",
                  cell: (login) => (
                    <>
                      <PlaceName place={login} />{" "}
                      {login.is_new_country && (
                        <span class="badge warn">new country</span>
                      )}
                    </>
                  ),
                },
                {
                  header: "Address",
                  class: "nowrap",
                  cell: ({ ip_address }) => <Address ip={ip_address} />,
                },
                {
                  header: "User agent",
                  class: "short",
                  cell: ({ user_agent }) => <UserAgent text={user_agent} />,
                },
              ]}
            />
          )}
      </div>
      {found.length > SHOWN && (
        <p class="muted">The latest {SHOWN} of {found.length}.</p>
      )}
    </>
  );
});

/** Anything but an address, such as a hash, has no link. */
function Address({ ip }: { ip: string }) {
  return parseIp(ip) === null
    ? <span class="mono">{ip}</span>
    : <DossierLink cidr={ip} />;
}
