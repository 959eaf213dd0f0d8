import { assert, assertEquals } from "@std/assert";
import { createUser } from "../../lib/accounts/create_user.ts";
import { type Attempt, login } from "../../lib/accounts/login.ts";
import { scanLogins } from "../../lib/accounts/login_log.ts";
import { listRecentLogins } from "../../lib/accounts/recent_logins.ts";
import { signup } from "../../lib/accounts/signup.ts";
import { attempt, dump, HOUR, PASSWORD, setUp, START } from "./_accounts.ts";

async function setUpUser() {
  const t = await setUp();
  const user = await createUser(t.deps, {
    username: "Ada",
    password: PASSWORD,
  });
  const tried = (change: Partial<Attempt> = {}) =>
    login(t.deps, attempt(change));
  const recent = async () => {
    await t.deps.activity.flush();
    return await listRecentLogins(t.deps, user.id);
  };
  return Object.assign(t, { user, tried, recent });
}

Deno.test("recent logins: time, place, address, user agent and result, the last first", async () => {
  await using t = await setUpUser();
  await t.tried({ password: "wrong", subject: "s" });
  await t.recent();
  t.clock.time += 1_000;
  await t.tried({ ip_address: "198.51.100.7", user_agent: "Firefox" });
  const common = { city: "Berlin", country: "Germany", count: 1 };
  assertEquals(await t.recent(), [
    {
      at: START + 1_000,
      outcome: "success",
      ip_address: "198.51.100.7",
      user_agent: "Firefox",
      ...common,
    },
    {
      at: START,
      outcome: "wrong",
      ip_address: "203.0.113.9",
      user_agent: "test",
      ...common,
    },
  ]);
});

Deno.test("recent logins: repeats are counted in one line, and strangers cannot push the owner's out", async () => {
  await using t = await setUpUser();
  await t.tried({ subject: "owner" });
  for (let i = 0; i < 30; i++) {
    await t.tried({ password: "wrong", subject: "one" });
  }
  const [refused, wrong, success] = await t.recent();
  assertEquals([refused?.outcome, refused?.count], ["limited", 25]);
  assertEquals([wrong?.outcome, wrong?.count], ["wrong", 5]);
  assertEquals(success?.outcome, "success");
  for (let i = 0; i < 60; i++) {
    const ip_address = `192.0.2.${i}`;
    await t.tried({ password: "wrong", subject: ip_address, ip_address });
    if (i % 20 === 0) await t.recent();
  }
  const list = await t.recent();
  assert(list.length <= 20);
  assertEquals(list.filter(({ outcome }) => outcome === "success").length, 1);
});

Deno.test("the login log holds every attempt by a hash of its name", async () => {
  await using t = await setUpUser();
  await t.tried();
  await t.tried({ password: "wrong", username: "ADA" });
  await t.tried({ username: "hunter2 my password" });
  await t.deps.activity.flush();
  const range = { from: START, to: START + HOUR };
  const events = await Array.fromAsync(
    scanLogins(t.kv, range, () => t.clock.time),
  );
  assertEquals(events.map(({ outcome }) => outcome), [
    "success",
    "wrong",
    "wrong",
  ]);
  const [one, two, three] = events.map(({ account }) => account);
  assertEquals(one, two);
  assertEquals(one, t.deps.tag("ada"));
  assert(three !== one);
});

Deno.test("a password typed as the name is neither stored nor logged", async () => {
  await using t = await setUpUser();
  await t.tried({ username: "hunter2 my password" });
  for (let i = 0; i < 9; i++) {
    await t.tried({ username: "s3cr3t-p4ssw0rd", password: "" });
  }
  await t.deps.activity.flush();
  const everything = await dump(t.kv) + JSON.stringify(t.lines);
  for (const typed of ["hunter2", "s3cr3t"]) {
    assert(!everything.toLowerCase().includes(typed));
  }
  assert(everything.includes(t.deps.tag("s3cr3t-p4ssw0rd")));
});

Deno.test("log lines carry the words of OWASP's Logging Vocabulary", async () => {
  await using t = await setUpUser();
  const ip_address = "203.0.113.9";
  await t.tried({ password: "wrong" });
  await t.tried({ password: "wrong" });
  await t.deps.activity.flush();
  await t.tried();
  await t.tried({ username: "nobody" });
  for (let i = 0; i < 3; i++) await t.tried();
  await t.deps.activity.flush();
  const userid = "Ada";
  assertEquals(t.lines, [
    { event: "authn_login_fail", fields: { userid, ip_address, count: 2 } },
    { event: "authn_login_success", fields: { userid, ip_address, count: 2 } },
    { event: "session_created", fields: { userid, ip_address } },
    {
      event: "authn_login_successafterfail",
      fields: { userid, ip_address, retries: 2 },
    },
    {
      event: "excess_rate_limit_exceeded",
      fields: { userid, ip_address, policy: "login", count: 2 },
    },
    {
      event: "authn_login_fail",
      fields: { account: t.deps.tag("nobody"), ip_address },
    },
  ]);
});

Deno.test("a signup is told", async () => {
  await using t = await setUp();
  assert((await signup(t.deps, attempt({ username: "eve" }))).ok);
  assertEquals(t.lines, [{
    event: "user_created",
    fields: { userid: "eve", role: "user", ip_address: "203.0.113.9" },
  }]);
});

Deno.test("a flood of refusals fills neither memory nor the server's output", async () => {
  await using t = await setUpUser();
  const flood = 3_000;
  for (let i = 0; i < flood; i++) {
    t.deps.activity.report({
      username: `junk ${i}`,
      ip_address: "192.0.2.1",
      user_agent: null,
      outcome: "limited",
      policy: "login",
    });
  }
  await t.tried();
  await t.deps.activity.flush();
  const told = t.lines.filter(({ event }) =>
    event === "excess_rate_limit_exceeded"
  );
  assertEquals(told.length, 50);
  const rest = t.lines.find(({ event }) =>
    event === "sys_login_lines_left_out"
  );
  assertEquals(rest?.fields.count, flood - 50);
  // A login during it is reported.
  assert(t.lines.some(({ event }) => event === "authn_login_success"));
});
