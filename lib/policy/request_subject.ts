import { decodePath } from "../base/decode_path.ts";
import type { Bot } from "../bots/bot.ts";
import { botOf } from "../bots/bot_of.ts";
import { hostName } from "../http/host.ts";
import type { RequestView } from "../http/request_view.ts";

/**
 * A request as rules see it. Everything but address, path and method may cost something to find
 * out, so it is asked for only where a rule needs it.
 */
export interface Subject {
  /** Canonical address of the client. */
  readonly ip: string;
  /** As the app sees it: decoded, without query. */
  readonly path: string;
  readonly method: string;
  /** In lower case, without port; empty where there is none. */
  readonly host: string;
  /** A header field's value by its name in lower case. */
  header(name: string): string | null;
  /** Empty where there is none. */
  readonly userAgent: string;
  readonly country: string | null;
  /** The operator of the address's network. */
  readonly asn: number | null;
  /** Whether that operator rents out machines; null where it is not known. */
  readonly hosting: boolean | null;
  /** What the client says it is. */
  readonly bot: Bot | null;
  /** Whether DNS or published ranges confirm that; null for others and until it is known. */
  readonly verified: boolean | null;
  /** The signed-in user's name. */
  readonly user: string | null;
  /** A mask of SIGNALS. */
  readonly signals: number;
}

/** The client, as far as it is known. */
export interface Asker {
  readonly ip: string;
  readonly username: string | null;
  /** What was seen in the request, as a mask; nothing where it is left out. */
  readonly signals?: number;
}

/** Facts that rules need besides the request itself. */
export interface Knowledge {
  /** ISO code of an address's country, without waiting. */
  country: (ip: string) => string | null;
  /** Its network's operator, without waiting. */
  operator: (ip: string) => { asn: number; hosting: boolean } | null;
  /** Whether a crawler is verified, without waiting; null if unknown. */
  verified: (ip: string, userAgent: string) => boolean | null;
}

/** Nothing is known. */
export const NO_KNOWLEDGE: Knowledge = {
  country: () => null,
  operator: () => null,
  verified: () => null,
};

const DOTS = /(?:\/|%2f)(?:\.|%2e)/i;

/** A path as apps see it: without `.` and `..`, and decoded. */
export function appPath(sent: string): string {
  if (DOTS.test(sent) && sent.startsWith("/")) {
    sent = URL.parse(`http://h${sent}`)?.pathname ?? sent;
  }
  return decodePath(sent);
}

/** A request as rules see it; what costs something is found out when it is asked for. */
export class RequestSubject implements Subject {
  readonly path: string;
  readonly method: string;
  /** Whether a known user's browser sent it; found out only where it matters. */
  isKnownDevice = false;
  readonly #request: RequestView;
  readonly #asker: Asker;
  readonly #knowledge: Knowledge;
  #operator: { asn: number; hosting: boolean } | null | undefined;
  #bot: Bot | null | undefined;
  #verified: boolean | null | undefined;

  /** @param sent The path as it was sent. */
  constructor(
    request: RequestView,
    sent: string,
    asker: Asker,
    knowledge: Knowledge,
  ) {
    this.#request = request;
    this.#asker = asker;
    this.#knowledge = knowledge;
    this.path = appPath(sent);
    this.method = request.method;
  }

  get ip(): string {
    return this.#asker.ip;
  }

  get user(): string | null {
    return this.#asker.username;
  }

  /** Whether it came by https, as far as its URL says. */
  get isSecure(): boolean {
    return this.#request.url.startsWith("https:");
  }

  get headers(): RequestView["headers"] {
    return this.#request.headers;
  }

  header(name: string): string | null {
    return this.#request.headers.get(name);
  }

  get host(): string {
    const { url } = this.#request;
    const from = url.indexOf("://") + 3;
    const end = url.indexOf("/", from);
    const host = this.#request.host || this.header("host") ||
      url.slice(from, end < 0 ? undefined : end);
    return hostName(host).toLowerCase().replace(/\.$/, "");
  }

  get userAgent(): string {
    return this.header("user-agent") ?? "";
  }

  get country(): string | null {
    return this.#knowledge.country(this.ip);
  }

  get asn(): number | null {
    return this.#operatorOf()?.asn ?? null;
  }

  get hosting(): boolean | null {
    return this.#operatorOf()?.hosting ?? null;
  }

  get bot(): Bot | null {
    return this.#bot === undefined
      ? this.#bot = botOf(this.userAgent)
      : this.#bot;
  }

  get verified(): boolean | null {
    return this.#verified === undefined
      ? this.#verified = this.#knowledge.verified(this.ip, this.userAgent)
      : this.#verified;
  }

  get signals(): number {
    return this.#asker.signals ?? 0;
  }

  #operatorOf() {
    return this.#operator === undefined
      ? this.#operator = this.#knowledge.operator(this.ip)
      : this.#operator;
  }
}
