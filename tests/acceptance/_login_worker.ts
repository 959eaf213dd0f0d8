// Takes part in races on login limits: limits_test.ts starts four of these on one KV file.
import { createAccountTag } from "../../lib/accounts/account_tag.ts";
import { createArgon2Pool } from "../../lib/accounts/argon2_pool.ts";
import { createLoginThrottles } from "../../lib/accounts/limits.ts";
import { login } from "../../lib/accounts/login.ts";
import { LoginActivity } from "../../lib/accounts/login_activity.ts";
import { LoginLog } from "../../lib/accounts/login_log.ts";
import { createHasher } from "../../lib/accounts/passwords.ts";
import { parseRate } from "../../lib/limits/rate.ts";
import type { Race } from "./limits_test.ts";

const [path] = Deno.args as [string];
using kv = await Deno.openKv(path);
const now = Date.now;
const tag = await createAccountTag(kv);
const log = new LoginLog({ kv, now, retentionMs: 3_600_000 });
const activity = new LoginActivity({
  ...{ kv, now, log, tag },
  place: () => null,
  line: () => {},
});
let checked = 0;
// The queue for hashes is limited, too; it must not be the one that refuses here.
const pool = createArgon2Pool({ maxPending: 10_000 });
const hasher = createHasher({ params: { m: 16, t: 1 }, pool });
const counting = {
  ...hasher,
  dummyVerify: (password: string) => (checked++, hasher.dummyVerify(password)),
};

async function run({ attempts, rates, name, subject }: Race): Promise<void> {
  checked = 0;
  const parsed = {
    loginRateAnonymous: parseRate(rates.anonymous),
    loginRateAuthenticated: parseRate("10/m"),
    loginRateAccount: parseRate(rates.account),
    loginRateSpray: parseRate(rates.spray),
    signupRate: parseRate("5/h"),
  };
  const deps = {
    ...{ kv, now, tag, activity, hasher: counting, rates: parsed },
    // The race tests exactness; on a busy machine a commit may be slow.
    throttles: createLoginThrottles({
      ...{ kv, now, rates: parsed },
      deadlineMs: 10_000,
    }),
  };
  const results = await Promise.all(
    Array.from({ length: attempts }, (_, i) => {
      const own = `${Deno.pid}-${i}`;
      return login(deps, {
        username: name.replace("*", own),
        subject: subject.replace("*", own),
        password: "wrong password",
        ...{ current: null, device: null, code: null, kind: "browser" },
        ip_address: "192.0.2.1",
        user_agent: null,
      });
    }),
  );
  const wrong = results.filter((result) =>
    !result.ok && result.kind === "wrong"
  );
  console.log(JSON.stringify({ wrong: wrong.length, checked }));
}

console.log("ready");
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
let text = "";
for await (const chunk of lines) {
  text += chunk;
  while (text.includes("\n")) {
    const end = text.indexOf("\n");
    await run(JSON.parse(text.slice(0, end)));
    text = text.slice(end + 1);
  }
}
await activity.close();
await hasher.close();
