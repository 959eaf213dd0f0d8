import { page } from "fresh";
import { AccountChange } from "../../components/people/account_change.tsx";
import { Field } from "../../components/ui/field.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { linkTo } from "../../components/ui/pager.tsx";
import { dossierPath } from "../../components/ui/dossier_link.tsx";
import { PlaceName } from "../../components/ui/place.tsx";
import { Table } from "../../components/ui/table.tsx";
import { Time } from "../../components/ui/time.tsx";
import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../components/ui/undo_entry.tsx";
import { setActive, setRole } from "../../lib/accounts/change_user.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import { findPeople, peopleOf } from "../../lib/accounts/people.ts";
import { SOURCE_NAMES } from "../../lib/accounts/outside_user.ts";
import { hasGivenRole } from "../../lib/accounts/sign_in_ways.ts";
import type { User, UserSource } from "../../lib/accounts/user.ts";
import { getUser } from "../../lib/accounts/users.ts";
import { appendAudit, type Reversal } from "../../lib/store/audit.ts";
import { listQuery } from "../../lib/http/list_query.ts";
import type { AuditAction } from "../../lib/store/audit_actions.ts";
import { logLine } from "../../lib/base/log_line.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import type { Services } from "../../lib/app/services.ts";
import { define, type State } from "../../signed_in.ts";

const DONE: Record<string, string> = {
  create: "The account has been created.",
  promote: "The user is now an admin and has to log in again.",
  demote: "The user is no longer an admin and has to log in again.",
  disable: "The account is disabled and all of its sessions have ended.",
  enable: "The account is enabled.",
  erase:
    "The account is deleted. Its name is removed from the requests of the last minutes within a few minutes.",
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
};

const ACTIONS: Record<
  string,
  (services: Services, form: URLSearchParams) => Promise<User>
> = {
  create: ({ accounts }, form) =>
    createUser(accounts, {
      username: form.get("username") ?? "",
      password: form.get("password") ?? "",
      role: form.get("role") === "admin" ? "admin" : "user",
      isTemporary: form.get("temporary") === "1",
    }),
  promote: ({ accounts }, form) =>
    setRole(accounts, form.get("id") ?? "", "admin"),
  demote: ({ accounts }, form) =>
    setRole(accounts, form.get("id") ?? "", "user"),
  disable: ({ accounts }, form) =>
    setActive(accounts, form.get("id") ?? "", false),
  enable: ({ accounts }, form) =>
    setActive(accounts, form.get("id") ?? "", true),
};

/** The opposites of account changes. */
const OPPOSITE = {
  promote: "demote",
  demote: "promote",
  disable: "enable",
  enable: "disable",
} as const;

/** People per page. */
const PAGE = 50;

async function load(
  state: State,
  params: URLSearchParams,
  error: string | null,
) {
  const { accounts, now } = state.services;
  state.title = "Users";
  const search = params.get("search") ?? "";
  const { limit, cursor } = listQuery(params, PAGE);
  const start = /^\d{1,6}$/.test(cursor ?? "") ? Number(cursor) : 0;
  if (cursor !== null && start === 0) {
    throw new Refusal(
      "malformed",
      "Cannot read cursor: expected one that a list answered",
    );
  }
  const all = await findPeople(accounts, search);
  const shown = all.slice(start, start + limit);
  return {
    people: await peopleOf(accounts, shown),
    total: all.length,
    next: start + limit < all.length ? String(start + limit) : null,
    search,
    asked: null as { action: keyof typeof OPPOSITE; user: User } | null,
    error,
    now: now(),
  };
}

/** The label of users authenticated elsewhere. */
const BADGES: Record<UserSource, string> = {
  proxy: "by proxy",
  provider: "by provider",
};

/** The fields of this page's forms. */
const FIELDS = [
  ...["action", "id", "username", "password", "role", "temporary"],
  ...["confirm", "ask"],
];

export const handler = define.handlers({
  async GET(ctx) {
    return page(await load(ctx.state, ctx.url.searchParams, null));
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const form = await readForm(ctx.req, FIELDS);
    const name = form.get("action") ?? "";
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (!action) {
      throw new Refusal("malformed", "Cannot change users: unknown action");
    }
    const again = async (status: number, error: string) =>
      page(await load(ctx.state, ctx.url.searchParams, error), { status });
    const isChange = Object.hasOwn(OPPOSITE, name);
    if (isChange && form.get("id") === user.id) {
      return await again(
        409,
        "You cannot change your own role and account here: another admin can.",
      );
    }
    if (name === "promote" || name === "demote") {
      const subject = await getUser(services.accounts, form.get("id") ?? "");
      if (subject?.source && hasGivenRole(subject, services.config)) {
        return await again(
          409,
          `The role of ${subject.username} comes from ${
            SOURCE_NAMES[subject.source]
          } and is changed there.`,
        );
      }
    }
    // The page's buttons ask first; the effect of the change is shown before it is made.
    if (isChange && form.has("ask") && form.get("confirm") !== "1") {
      const data = await load(ctx.state, ctx.url.searchParams, null);
      const subject = (await findPeople(services.accounts, "")).find(({ id }) =>
        id === form.get("id")
      );
      if (subject === undefined) {
        throw new Refusal("missing", "There is no such user.");
      }
      const asked = { action: name as keyof typeof OPPOSITE, user: subject };
      return page({ ...data, asked });
    }
    let changed: User;
    try {
      changed = await action(services, form);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return await again(error.status, error.message);
    }
    logLine("info", "authz_admin", {
      userid: user.username,
      ip_address: visitor.ip,
      action: name,
      target: form.get("username") ?? form.get("id"),
    });
    const reverse: Reversal | undefined = isChange
      ? {
        kind: "user",
        id: changed.id,
        action: OPPOSITE[name as keyof typeof OPPOSITE],
      }
      : undefined;
    const entry = await appendAudit(services.kv, {
      who: user.username,
      what: `user_${name}` as AuditAction,
      target: changed.username,
      from: visitor.ip,
      why: name === "create" ? `role: ${changed.role}` : null,
      reverse,
    }, services.now());
    const undo = reverse ? `&undo=${undoId(entry)}` : "";
    return ctx.redirect(`/admin/users?done=${name}${undo}`, 303);
  },
});

export default define.page<typeof handler>(
  function Users({ data, url, state }) {
    const { people, total, next, search, asked, error, now } = data;
    const done = ownValue(DONE, url.searchParams.get("done"));
    const undo = undoParam(url.searchParams);
    return (
      <>
        <h1>Users</h1>
        {error && <Notice kind="bad">{error}</Notice>}
        {done && !error && !asked && (
          <Notice kind="good">
            {done} {undo && <UndoEntry id={undo} back="/admin/users" />}
          </Notice>
        )}
        {asked && <AccountChange {...asked} />}
        <form method="get" class="inline" role="search" aria-label="Users">
          <label for="search" class="visually-hidden">Search users</label>
          <input
            id="search"
            name="search"
            type="search"
            value={search}
            placeholder="Part of a name"
            autocomplete="off"
          />
          <button type="submit" class="quiet small">Search</button>
          <span class="muted">{total === 1 ? "1 user" : `${total} users`}</span>
        </form>
        <div class="panel flush">
          {people.length === 0 ? <p class="empty">No user matches.</p> : (
            <Table
              label="Users"
              rows={people}
              keyOf={({ user }) => user.id}
              columns={[
                {
                  header: "Name",
                  class: "nowrap",
                  narrow: "first",
                  cell: ({ user }) => (
                    <>
                      <a href={`/admin/users/${user.id}`} data-open="">
                        {user.username}
                      </a>
                      {user.id === state.user.id && (
                        <>
                          {" "}
                          <span class="badge">you</span>
                        </>
                      )}
                      {user.source && (
                        <>
                          {" "}
                          <span
                            class="badge"
                            title={`Logs in by ${SOURCE_NAMES[user.source]}`}
                          >
                            {BADGES[user.source]}
                          </span>
                        </>
                      )}
                    </>
                  ),
                },
                { header: "Role", cell: ({ user }) => user.role },
                {
                  header: "State",
                  cell: ({ user }) =>
                    user.is_active
                      ? <span class="badge good">active</span>
                      : <span class="badge bad">disabled</span>,
                },
                {
                  header: "Last login",
                  class: "nowrap",
                  cell: ({ last }) =>
                    last === null
                      ? <span class="muted">none recorded</span>
                      : <Time at={last.at} now={now} />,
                },
                {
                  header: "From",
                  cell: ({ last }) =>
                    last && (
                      <>
                        <a
                          href={dossierPath(last.ip_address)}
                          title={last.ip_address}
                        >
                          <PlaceName place={last} />
                        </a>{" "}
                        {last.is_new_country && (
                          <span class="badge warn">new country</span>
                        )}
                      </>
                    ),
                },
                {
                  header: "Second factor",
                  cell: ({ user, hasFactor }) =>
                    user.source
                      ? <span class="muted">elsewhere</span>
                      : hasFactor
                      ? <span class="badge good">on</span>
                      : <span class="muted">off</span>,
                },
                {
                  header: "Created",
                  class: "nowrap",
                  cell: ({ user }) => <Time at={user.created_at} now={now} />,
                },
                {
                  header: "Actions",
                  isHeaderHidden: true,
                  narrow: "bare",
                  cell: ({ user }) =>
                    user.id !== state.user.id && (
                      <Actions
                        user={user}
                        hasGivenRole={hasGivenRole(
                          user,
                          state.services.config,
                        )}
                      />
                    ),
                },
              ]}
            />
          )}
        </div>
        {(next !== null || url.searchParams.has("cursor")) && (
          <nav class="row between" aria-label="Pages">
            <a
              class="button quiet small"
              href={linkTo(url, { cursor: null })}
              aria-current="false"
            >
              ← First page
            </a>
            {next !== null && (
              <a
                class="button quiet small"
                href={linkTo(url, { cursor: next })}
                rel="next"
                aria-current="false"
              >
                Next page →
              </a>
            )}
          </nav>
        )}
        <section class="panel">
          <h2>Create a user</h2>
          <form method="post" class="filters">
            <input type="hidden" name="action" value="create" />
            <Field
              name="username"
              label="User name"
              autocomplete="off"
              required
              maxLength={256}
            />
            <Field
              name="password"
              label="Password"
              type="password"
              autocomplete="new-password"
              required
            />
            <div class="field">
              <label for="role">Role</label>
              <select id="role" name="role">
                <option value="user">user</option>
                <option value="admin">admin</option>
              </select>
            </div>
            <label class="inline">
              <input type="checkbox" name="temporary" value="1" checked />
              Has to be changed at the first login
            </label>
            <button type="submit">Create</button>
          </form>
        </section>
      </>
    );
  },
);

/** Buttons that ask first: their effect is then shown above the list. */
function Actions(
  { user, hasGivenRole }: { user: User; hasGivenRole: boolean },
) {
  const role = user.role === "admin"
    ? ["demote", "Make user…"]
    : ["promote", "Make admin…"];
  const state = user.is_active
    ? ["disable", "Disable…"]
    : ["enable", "Enable…"];
  return (
    <form method="post" class="inline">
      <input type="hidden" name="id" value={user.id} />
      <input type="hidden" name="ask" value="1" />
      {(hasGivenRole ? [state] : [role, state]).map(([action, label]) => (
        <button
          key={action}
          class={action === "disable" ? "danger small" : "quiet small"}
          type="submit"
          name="action"
          value={action}
          aria-label={`${label!.replace("…", "")}: ${user.username}`}
        >
          {label}
        </button>
      ))}
    </form>
  );
}
