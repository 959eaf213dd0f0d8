import { deviceCookie } from "../../lib/accounts/cookies.ts";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { deleteUser } from "../../lib/accounts/change_user.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import {
  DEVICE_LIFETIME_MS,
  findDevice,
  forgetDevices,
  listDevicesOf,
  rememberDevice,
} from "../../lib/accounts/devices.ts";
import { DAY, dump, PASSWORD, setUp, START } from "./_accounts.ts";

const ORIGIN = { ip_address: "203.0.113.9", user_agent: "Firefox" };

async function setUpUsers() {
  const t = await setUp();
  const add = (username: string) =>
    createUser(t.deps, { username, password: PASSWORD });
  return Object.assign(t, { ada: await add("ada"), eve: await add("eve") });
}

Deno.test("a known device is found by its secret, which is not stored", async () => {
  await using t = await setUpUsers();
  const secret = await rememberDevice(t.deps, t.ada, ORIGIN, null);
  const found = await findDevice(t.deps, secret);
  assertEquals(found?.device, {
    user_id: t.ada.id,
    created_at: START,
    last_used_at: START,
    expires_at: START + DEVICE_LIFETIME_MS,
    ...ORIGIN,
  });
  assert(!(await dump(t.kv)).includes(secret));
  for (const other of ["", "x", secret.slice(1), found!.id, "a".repeat(9e4)]) {
    assertEquals(await findDevice(t.deps, other), null);
  }
});

Deno.test("a device keeps its secret from login to login, and its time starts anew", async () => {
  await using t = await setUpUsers();
  const secret = await rememberDevice(t.deps, t.ada, ORIGIN, null);
  t.clock.time += 100 * DAY;
  const origin = { ip_address: "198.51.100.7", user_agent: null };
  assertEquals(await rememberDevice(t.deps, t.ada, origin, secret), secret);
  const [only, ...others] = await listDevicesOf(t.deps, t.ada.id);
  assertEquals(others, []);
  assertEquals(only?.device.created_at, START);
  assertEquals(only?.device.last_used_at, t.clock.time);
  assertEquals(only?.device.ip_address, "198.51.100.7");
  t.clock.time += DEVICE_LIFETIME_MS - 1;
  assert(await findDevice(t.deps, secret));
  t.clock.time += 1;
  assertEquals(await findDevice(t.deps, secret), null);
  assertEquals(await listDevicesOf(t.deps, t.ada.id), []);
});

Deno.test("a device secret of somebody else's, or a made-up one, is not adopted", async () => {
  await using t = await setUpUsers();
  const evil = await rememberDevice(t.deps, t.eve, ORIGIN, null);
  const revoked = await rememberDevice(t.deps, t.ada, ORIGIN, null);
  await forgetDevices(t.deps, t.ada.id);
  for (const presented of [evil, revoked, "A".repeat(43), "junk"]) {
    const secret = await rememberDevice(t.deps, t.ada, ORIGIN, presented);
    assertNotEquals(secret, presented);
  }
  assertEquals((await findDevice(t.deps, evil))?.device.user_id, t.eve.id);
});

Deno.test("with more than 20 devices the one not used for longest is forgotten", async () => {
  await using t = await setUpUsers();
  const secrets: string[] = [];
  for (let i = 0; i < 20; i++) {
    t.clock.time += 1_000;
    secrets.push(await rememberDevice(t.deps, t.ada, ORIGIN, null));
  }
  t.clock.time += 1_000;
  await rememberDevice(t.deps, t.ada, ORIGIN, secrets[0]!);
  t.clock.time += 1_000;
  secrets.push(await rememberDevice(t.deps, t.ada, ORIGIN, null));
  assertEquals((await listDevicesOf(t.deps, t.ada.id)).length, 20);
  assert(await findDevice(t.deps, secrets[0]!));
  assertEquals(await findDevice(t.deps, secrets[1]!), null);
});

Deno.test("forgetDevices() and deleteUser() leave no device of the user's behind", async () => {
  await using t = await setUpUsers();
  const one = await rememberDevice(t.deps, t.ada, ORIGIN, null);
  const two = await rememberDevice(t.deps, t.ada, ORIGIN, null);
  const hers = await rememberDevice(t.deps, t.eve, ORIGIN, null);
  const { id } = (await findDevice(t.deps, one))!;
  await forgetDevices(t.deps, t.ada.id, id);
  assertEquals(await findDevice(t.deps, one), null);
  assert(await findDevice(t.deps, two));
  await deleteUser(t.deps, t.ada.id);
  assertEquals(await findDevice(t.deps, two), null);
  assert(await findDevice(t.deps, hers));
});

Deno.test("the device cookie is __Host- over https, and plain over http", () => {
  for (const secure of [true, false]) {
    const headers = new Headers();
    deviceCookie.set(headers, "secret", secure);
    const cookie = headers.get("set-cookie")!;
    const name = secure ? "__Host-portcullis-device" : "portcullis-device";
    assert(cookie.startsWith(`${name}=secret;`), cookie);
    for (const part of ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="]) {
      assert(cookie.includes(part), cookie);
    }
    assertEquals(cookie.includes("Secure"), secure);
    assert(!cookie.includes("Domain"));
  }
  const plain = new Headers({ cookie: "portcullis-device=planted" });
  assertEquals(deviceCookie.read(plain, true), null);
  assertEquals(deviceCookie.read(plain, false), "planted");
});
