import { createUser } from "../../lib/accounts/create_user.ts";
import { finishErasures, newErasure } from "../../lib/erasure/erasure.ts";
import { traceStore } from "../../lib/erasure/trace_store.ts";
import { rollUp } from "../../lib/log/rollup/roller.ts";
import { keys } from "../../lib/store/keys.ts";
import { startApp, type TestApp } from "../_app.ts";

const HOUR = 3_600_000;
export const IP = "8.8.4.77";
export const PASSWORD = "a pass phrase of hers";

/** An app in which a user at an address used every feature an hour ago. */
export async function begin(env: Record<string, string> = {}, kv?: Deno.Kv) {
  const app = await startApp({
    kv,
    env: {
      SUSPICIOUS_REQUEST_THRESHOLD: "10",
      LOGIN_RATE_ANONYMOUS: "100/m",
      ...env,
    },
  });
  const { services, clock } = app;
  const admin = await app.signIn("root", "admin");
  await createUser(services.accounts, { username: "ann", password: PASSWORD });
  let cookie = "";
  for (const password of ["wrong one", PASSWORD]) {
    const response = await app.fetch("/login", {
      peer: IP,
      form: { username: "ann", password },
    });
    for (const each of response.headers.getSetCookie()) {
      if (each.startsWith("portcullis=")) cookie = each.split(";")[0]!;
    }
  }
  for (let n = 0; n < 15; n++) {
    await (await app.fetch(`/page-${n}`, { peer: IP, cookie })).body?.cancel();
  }
  await app.fetch(`/admin/ip/${IP}`, {
    cookie: admin.cookie,
    form: { action: "note", text: `${IP} again` },
  });
  await app.fetch("/profile", {
    cookie: admin.cookie,
    headers: { referer: `http://localhost/admin/ip/${IP}` },
  });
  const place = keys.geo("ipinfo", services.addresses.nameOf("geo", IP));
  await services.kv.set(place, { expiresAt: clock.now * 2 });
  await flush(app);
  await services.detect({ at: clock.now + 1 });
  clock.now += HOUR;
  await rollUp(services);
  return { app, admin, cookie };
}

/** Stores the app's records in memory. */
export async function flush({ services: { log, accounts } }: TestApp) {
  await Promise.all([log.flush(), accounts.activity.flush()]);
}

/** An order to erase the address. */
export const order = (app: TestApp, unblock = false) =>
  newErasure(
    { kind: "address", ip: IP, unblock },
    { by: "root", from: "198.51.100.7" },
    app.clock.now,
  );

/** Completes an order, including the part that waits for the clock. */
export async function finish(app: TestApp) {
  app.clock.now += 180_000;
  await finishErasures(traceStore(app.services));
  await rollUp(app.services);
}
