import { type LogLevel, logLine } from "../base/log_line.ts";
import { cutBytes } from "../base/text.ts";
import type { AccountTag } from "./account_tag.ts";
import type { LoginLog, LoginOutcome } from "./login_log.ts";
import {
  addRecentLogins,
  listRecentLogins,
  loginCountries,
  type RecentLogin,
} from "./recent_logins.ts";
import { storedAddress } from "./stored_address.ts";
import type { User } from "./user.ts";
import { type AccountStore, findUserByName } from "./users.ts";

/** The result of a login attempt, for all logs. */
export interface LoginReport {
  /** As it was typed; never leaves this module unless an account has it. */
  username: string;
  ip_address: string;
  user_agent: string | null;
  outcome: LoginOutcome;
  /** The policy that refused it. */
  policy?: string;
  /** Whether the outcome `code` is a wrong code, and not a missing one. */
  isWrongCode?: boolean;
}

/** What a {@linkcode LoginActivity} needs. */
export interface LoginActivityOptions extends AccountStore {
  log: LoginLog;
  tag: AccountTag;
  /** Where an address is, as far as that is known without waiting. */
  place: (
    ip: string,
  ) => { city: string | null; country: string | null } | null;
  /** Called when somebody logs in from a country that the account never logged in from. */
  onNewCountry?: (
    login: RecentLogin,
    username: string,
    known: string[],
  ) => void;
  /** @default {logLine} */
  line?: typeof logLine;
}

/** Attempts of one kind, at one account, from one address. */
interface Pending {
  report: LoginReport;
  account: string;
  at: number;
  count: number;
}

const FLUSH_AFTER_MS = 80;

const MAX_NAME_LENGTH = 256;

/** Limits the memory that a flood of refusals uses; further ones are only in the login log. */
const MAX_PENDING = 1_000;

/** How many refusals of each batch get a line of their own in the server's output. */
const MAX_REFUSALS = 50;

/**
 * Reports login attempts after their responses: to the login log, to the owner's profile page, and
 * to the server's output with events of OWASP's Logging Vocabulary. The work differs for names with
 * and without an account, so no response waits for it.
 */
export class LoginActivity {
  readonly #options: LoginActivityOptions;
  readonly #line: typeof logLine;
  #pending = new Map<string, Pending>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;
  /** Attempts that are reported only as a number. */
  #untold = 0;

  constructor(options: LoginActivityOptions) {
    this.#options = options;
    this.#line = options.line ?? logLine;
  }

  /** Takes a report; costs a hash. */
  report(report: LoginReport): void {
    const { now, tag, log } = this.#options;
    const { ip_address, outcome, policy, isWrongCode } = report;
    const account = tag(report.username);
    const at = now();
    log.append({
      timestamp: at,
      ip_address,
      account,
      outcome,
    });
    const id = [account, ip_address, outcome, policy, isWrongCode].join(" ");
    const known = this.#pending.get(id);
    if (known) {
      known.count++;
      known.at = at;
      return;
    }
    const isRefusal = outcome === "limited";
    if (this.#closed || isRefusal && this.#pending.size >= MAX_PENDING) {
      this.#untold++;
      return;
    }
    // No account has a longer name, and a flood of them would be held in memory.
    const isName = report.username.length <= MAX_NAME_LENGTH;
    const kept = isName ? report : { ...report, username: "" };
    this.#pending.set(id, { report: kept, account, at, count: 1 });
    this.#timer ??= setTimeout(() => this.#run(), FLUSH_AFTER_MS);
  }

  /** Logs another event of an account at once. */
  log(
    level: LogLevel,
    event: string,
    fields: Record<string, string | number>,
  ): void {
    this.#line(level, event, fields);
  }

  /** Resolves when all reports so far are stored. */
  async flush(): Promise<void> {
    await this.#run();
    await this.#options.log.flush();
  }

  /** Stores waiting reports and stops. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#run();
    await this.#options.log.close();
  }

  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    return this.#running = this.#running.then(() => this.#tellAll(pending));
  }

  async #tellAll(all: Pending[]): Promise<void> {
    const byAccount = Map.groupBy(all, ({ account }) => account);
    let isDown = false;
    let refusals = 0;
    for (const [account, pending] of byAccount) {
      let user: User | null = null;
      let failed = 0;
      try {
        const { username } = pending[0]!.report;
        if (!isDown) user = await findUserByName(this.#options, username);
        if (user) {
          const added = await Promise.all(
            pending.map((each) => this.#recent(each)),
          );
          const { username, id } = user;
          const before = await listRecentLogins(this.#options, id);
          failed = await addRecentLogins(this.#options, id, added);
          for (const login of added) {
            if (!login.is_new_country) continue;
            const known = loginCountries(before);
            this.#options.onNewCountry?.(login, username, known);
          }
        }
      } catch {
        // Only the log line remains; the store is not tried again for each name.
        isDown = true;
      }
      for (const each of pending) {
        const isRefusal = each.report.outcome === "limited";
        if (isRefusal && ++refusals > MAX_REFUSALS) this.#untold += each.count;
        else this.#store(each, user, account, failed);
      }
    }
    if (this.#untold > 0) {
      this.#line("warn", "sys_login_lines_left_out", { count: this.#untold });
      this.#untold = 0;
    }
  }

  async #recent({ report, at, count }: Pending): Promise<RecentLogin> {
    const { place } = this.#options;
    const { outcome, ip_address, user_agent } = report;
    const stored = await storedAddress(this.#options, ip_address);
    const where = place(ip_address);
    return {
      at,
      outcome,
      ip_address: stored,
      city: where?.city ?? null,
      country: where?.country ?? null,
      user_agent: user_agent === null ? null : cutBytes(user_agent, 256),
      count,
    };
  }

  #store(
    { report, count }: Pending,
    user: User | null,
    account: string,
    failed: number,
  ): void {
    const { outcome, ip_address, policy } = report;
    const fields: Record<string, string | number> = {
      ...(user ? { userid: user.username } : { account }),
      ip_address,
    };
    const [level, event] = eventOf(report);
    this.#line(level, event, {
      ...fields,
      ...(policy ? { policy } : {}),
      ...(count > 1 ? { count } : {}),
    });
    if (outcome !== "success") return;
    this.#line("info", "session_created", fields);
    if (failed > 0) {
      this.#line("warn", "authn_login_successafterfail", {
        ...fields,
        retries: failed,
      });
    }
  }
}

/** OWASP's word for what happened; it has none for a second factor that is asked for. */
function eventOf(
  { outcome, policy, isWrongCode }: LoginReport,
): [LogLevel, string] {
  switch (outcome) {
    case "success":
      return ["info", "authn_login_success"];
    case "wrong":
      return ["warn", "authn_login_fail"];
    case "code":
      return isWrongCode
        ? ["warn", "authn_login_fail"]
        : ["info", "authn_login_code_required"];
    case "limited":
      return ["warn", LIMIT_EVENTS[policy ?? ""] ?? "authn_login_fail_max"];
  }
}

const LIMIT_EVENTS: Record<string, string> = {
  "login": "excess_rate_limit_exceeded",
  "login-signed-in": "excess_rate_limit_exceeded",
  "login-spray": "excess_rate_limit_exceeded",
  "login-trusted": "authn_login_lock",
};
