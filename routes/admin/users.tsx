import { page } from "fresh";
import { Field } from "../../components/ui/field.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { Pager } from "../../components/ui/pager.tsx";
import { Scroll } from "../../components/ui/scroll.tsx";
import { Time } from "../../components/ui/time.tsx";
import { setActive, setRole } from "../../lib/accounts/change_user.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import type { User } from "../../lib/accounts/user.ts";
import { listUsers } from "../../lib/accounts/users.ts";
import { appendAudit } from "../../lib/store/audit.ts";
import { listQuery } from "../../lib/http/list_query.ts";
import { logLine } from "../../lib/base/log_line.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import type { Services } from "../../lib/app/services.ts";
import { define, type State } from "../../signed_in.ts";

const DONE: Record<string, string> = {
  create: "The account has been created.",
  promote: "The user is an admin now and has to log in again.",
  demote: "The user is no admin any more and has to log in again.",
  disable: "The account is disabled and all of its sessions have ended.",
  enable: "The account is enabled.",
  erase:
    "The account is deleted. Its name goes from the last minutes' requests within a few minutes.",
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

async function load(
  state: State,
  params: URLSearchParams,
  error: string | null,
) {
  const { accounts, now } = state.services;
  state.title = "Users";
  return {
    found: await listUsers(accounts, listQuery(params)),
    error,
    now: now(),
  };
}

/** What the forms of this page send. */
const FIELDS = ["action", "id", "username", "password", "role", "temporary"];

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
    let changed: User;
    try {
      changed = await action(services, form);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const data = await load(
        ctx.state,
        ctx.url.searchParams,
        error.message,
      );
      return page(data, { status: error.status });
    }
    logLine("info", "authz_admin", {
      userid: user.username,
      ip_address: visitor.ip,
      action: name,
      target: form.get("username") ?? form.get("id"),
    });
    await appendAudit(services.kv, {
      who: user.username,
      what: `user_${name}`,
      target: changed.username,
      from: visitor.ip,
      why: name === "create" ? `role: ${changed.role}` : null,
    }, services.now());
    return ctx.redirect(`/admin/users?done=${name}`, 303);
  },
});

export default define.page<typeof handler>(
  function Users({ data, url, state }) {
    const { found, error, now } = data;
    const done = ownValue(DONE, url.searchParams.get("done"));
    return (
      <>
        <h1>Users</h1>
        {error && <Notice kind="bad">{error}</Notice>}
        {done && !error && <Notice kind="good">{done}</Notice>}
        <div class="panel flush">
          <Scroll label="Users">
            <table>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Role</th>
                  <th scope="col">State</th>
                  <th scope="col">Created</th>
                  <th scope="col">
                    <span class="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {found.items.map((user) => (
                  <tr key={user.id}>
                    <td class="nowrap">
                      <a href={`/admin/users/${user.id}`}>{user.username}</a>
                      {user.id === state.user?.id && (
                        <>
                          {" "}
                          <span class="badge">you</span>
                        </>
                      )}
                    </td>
                    <td>{user.role}</td>
                    <td>
                      {user.is_active
                        ? <span class="badge good">active</span>
                        : <span class="badge bad">disabled</span>}
                    </td>
                    <td class="nowrap">
                      <Time at={user.created_at} now={now} />
                    </td>
                    <td>
                      <Actions user={user} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </div>
        <Pager url={url} cursor={found.cursor} />
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
              To be changed at the first login
            </label>
            <button type="submit">Create</button>
          </form>
        </section>
      </>
    );
  },
);

function Actions({ user }: { user: User }) {
  const role = user.role === "admin"
    ? ["demote", "Make user"]
    : ["promote", "Make admin"];
  const state = user.is_active ? ["disable", "Disable"] : ["enable", "Enable"];
  return (
    <form method="post" class="inline">
      <input type="hidden" name="id" value={user.id} />
      {[role, state].map(([action, label]) => (
        <button
          key={action}
          class={action === "disable" ? "danger small" : "quiet small"}
          type="submit"
          name="action"
          value={action}
          aria-label={`${label}: ${user.username}`}
        >
          {label}
        </button>
      ))}
    </form>
  );
}
