/** `deno task create-user`: creates an account. */
import { promptSecret } from "@std/cli/prompt-secret";
import { createUser } from "../lib/accounts/create_user.ts";
import { passwordProblem } from "../lib/accounts/password_rules.ts";
import { breachCheckOf } from "../lib/accounts/open_accounts.ts";
import { createHasher } from "../lib/accounts/passwords.ts";
import { publicUser } from "../lib/accounts/user.ts";
import { usernameProblem } from "../lib/accounts/usernames.ts";
import { appendAudit } from "../lib/store/audit.ts";
import { fail, parseTaskArgs, printResult, usageError } from "./_cli.ts";
import { withStore } from "./_store.ts";

const usage = "deno task create-user <name> [--admin] [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Creates an account. The password is asked for on the terminal, or read from standard input.",
  flags: { admin: "give the account the admin role", json: "print JSON" },
  positional: { min: 1, max: 1, what: "one user name" },
});
const username = args.positional[0]!;
const problem = usernameProblem(username);
if (problem !== null) usageError(problem.replace(/\.$/, ""), usage);

const password = Deno.stdin.isTerminal() ? askTwice() : await readLine();
const weakness = passwordProblem(password, username);
if (weakness !== null) fail(weakness);

await withStore(async ({ kv, now, config }) => {
  const hasher = createHasher();
  try {
    const role = args.admin ? "admin" : "user";
    const user = await createUser({
      ...{ kv, now, hasher },
      isBreached: breachCheckOf(config),
    }, {
      username,
      password,
      role,
    });
    await appendAudit(kv, {
      ...{ who: "create-user", what: "user_create", target: user.username },
      why: `role: ${role}`,
    }, now());
    printResult(args, publicUser(user), [
      `Created ${user.role} ${user.username}.`,
    ]);
  } finally {
    await hasher.close();
  }
});

function askTwice(): string {
  const first = promptSecret("Password:", { mask: "" });
  const second = promptSecret("Again:", { mask: "" });
  if (first === null || first !== second) {
    fail("The two passwords differ: nothing was created");
  }
  return first;
}

/** The first line of standard input, without its line break. */
async function readLine(): Promise<string> {
  const text = await new Response(Deno.stdin.readable).text();
  return text.split(/\r?\n/, 1)[0]!;
}
