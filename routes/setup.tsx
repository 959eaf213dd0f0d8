import { setLoginCookies } from "../lib/accounts/cookies.ts";
import { HttpError, page } from "fresh";
import {
  AccountForm,
  type AccountFormError,
} from "../components/account/account_form.tsx";
import { formAttempt } from "../lib/accounts/attempt.ts";
import { rememberDevice } from "../lib/accounts/devices.ts";
import {
  AdminExistsError,
  InvalidInputError,
  SetupTokenError,
  UsernameTakenError,
} from "../lib/accounts/errors.ts";
import { createSession } from "../lib/accounts/sessions.ts";
import { consumeSetupToken, isSetupToken } from "../lib/accounts/setup.ts";
import { hasAdmin } from "../lib/accounts/users.ts";
import { storedAddress } from "../lib/accounts/stored_address.ts";
import { appendAudit } from "../lib/store/audit.ts";
import { logLine } from "../lib/base/log_line.ts";
import { define } from "../utils.ts";

const GONE = "This set-up link is not valid, has been used or has expired. " +
  "While no admin exists, every start of the server prints a new one.";

interface Data {
  token: string | null;
  username?: string;
  error: AccountFormError | null;
}

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.title = "Set up";
    const { accounts } = ctx.state.services;
    const given = ctx.url.searchParams.get("token");
    const token = given === null ? null : tokenOf(given);
    // Without a token in the query, it is in the fragment, which the server does not see, or is
    // typed.
    const isOpen = token === null
      ? !await hasAdmin(accounts)
      : await isSetupToken(accounts, token);
    if (!isOpen) throw new HttpError(403, GONE);
    return page<Data>({ token, error: null }, NO_STORE);
  },

  async POST(ctx) {
    const { accounts } = ctx.state.services;
    ctx.state.title = "Set up";
    if (await hasAdmin(accounts)) throw new HttpError(403, GONE);
    const attempt = await formAttempt(ctx.req, ctx.state);
    const token = tokenOf(
      attempt.token || ctx.url.searchParams.get("token") || "",
    );
    try {
      const user = await consumeSetupToken(accounts, token, attempt);
      logLine("info", "user_created", {
        userid: user.username,
        role: "admin",
        ip_address: attempt.ip_address,
      });
      await appendAudit(accounts.kv, {
        ...{ who: user.username, what: "user_create", target: user.username },
        ...{ from: attempt.ip_address, why: "role: admin, by the set-up link" },
      }, accounts.now());
      const origin = {
        ...attempt,
        ip_address: await storedAddress(accounts, attempt.ip_address),
      };
      const { secret } = await createSession(accounts, user, origin);
      const response = ctx.redirect("/admin", 303);
      const device = await rememberDevice(accounts, user, origin, null);
      const cookies = { secret, device };
      setLoginCookies(response.headers, cookies, ctx.state.cookies);
      return response;
    } catch (error) {
      if (
        error instanceof SetupTokenError || error instanceof AdminExistsError
      ) {
        throw new HttpError(403, GONE);
      }
      const { username } = attempt;
      if (error instanceof InvalidInputError) {
        const { field, message } = error;
        return page<Data>({ token, username, error: { field, message } }, {
          status: 422,
          ...NO_STORE,
        });
      }
      if (error instanceof UsernameTakenError) {
        const taken = {
          field: "username",
          message: "This user name is taken. Choose another.",
        } as const;
        return page<Data>({ token, username, error: taken }, {
          status: 409,
          ...NO_STORE,
        });
      }
      throw error;
    }
  },
});

/** The token in the pasted text: alone, or in the whole link. */
function tokenOf(text: string): string {
  return text.trim().replace(/^.*[#=]/s, "");
}

const NO_STORE = { headers: { "cache-control": "no-store" } };

export default define.page<typeof handler>(function Setup({ data }) {
  return (
    <main id="main" class="narrow">
      <h1>Set up Portcullis</h1>
      <p>Create the first admin. This link works once.</p>
      <AccountForm
        action="/setup"
        setupToken={data.token}
        submit="Create admin"
        isNew
        username={data.username}
        error={data.error}
      />
      <script src="/setup.js" type="module"></script>
    </main>
  );
});
