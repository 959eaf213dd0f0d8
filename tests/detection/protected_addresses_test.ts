import { HOUR } from "../../lib/base/duration.ts";
import { assertEquals } from "@std/assert";
import { rememberDevice } from "../../lib/accounts/devices.ts";
import { createSession } from "../../lib/accounts/sessions.ts";
import type { User } from "../../lib/accounts/user.ts";
import { getUser } from "../../lib/accounts/users.ts";
import { protectedAddresses } from "../../lib/detection/protected_addresses.ts";
import { keys } from "../../lib/store/keys.ts";
import { startApp } from "../_app.ts";

Deno.test("protected addresses: of admins, and of users where their device has been known for a day", async () => {
  await using app = await startApp();
  const { kv, accounts } = app.services;
  const store = { kv, now: () => app.clock.now };
  await app.signIn("root", "admin");
  await app.signIn("ann");
  const users = new Map<string, User>();
  for await (const { value } of kv.list<User>({ prefix: keys.usersAll() })) {
    users.set(value.username, (await getUser({ kv }, value.id))!);
  }
  const session = (name: string, ip_address: string) =>
    createSession(accounts, users.get(name)!, {
      kind: "browser",
      ip_address,
      user_agent: null,
    });
  const device = (name: string, ip_address: string) =>
    rememberDevice(
      store,
      users.get(name)!,
      { ip_address, user_agent: null },
      null,
    );
  const now = async () => [...await protectedAddresses(store)].sort();

  assertEquals(await now(), ["198.51.100.7"]);
  await session("ann", "203.0.113.1");
  await device("ann", "203.0.113.1");
  assertEquals(await now(), ["198.51.100.7"], "signed up a moment ago");

  app.clock.now += 25 * HOUR;
  assertEquals(await now(), [], "nobody was there for a day");
  await session("ann", "203.0.113.1");
  await session("ann", "203.0.113.2");
  await session("root", "203.0.113.3");
  assertEquals(await now(), ["203.0.113.1", "203.0.113.3"]);

  const root = users.get("root")!;
  await kv.set(keys.user(root.id), { ...root, is_active: false });
  const ann = users.get("ann")!;
  await kv.set(keys.user(ann.id), {
    ...ann,
    session_epoch: ann.session_epoch + 1,
  });
  assertEquals(await now(), [], "disabled, or signed out everywhere");
});
