import { decodePath } from "../base/decode_path.ts";
import type { Bot } from "../bots/bot.ts";
import { botOf } from "../bots/bot_of.ts";
import { hostName } from "../http/host.ts";
import type { RequestView } from "../http/request_view.ts";

/**
 * The properties of a request that rules use. All but address, path and method may be expensive, so
 * they are computed only if a rule needs them.
 */
export interface Subject {
  /** Canonical address of the client. */
  readonly ip: string;
  /** Normalised, as the app sees it: decoded, without query. */
  readonly path: string;
  readonly method: string;
  /** In lower case, without port; empty if there is none. */
  readonly host: string;
  /** A header field's value by its name in lower case. */
  header(name: string): string | null;
  /** Empty if there is none. */
  readonly userAgent: string;
  readonly country: string | null;
  /** The operator of the address's network. */
  readonly asn: number | null;
  /** Whether that operator is a hosting provider; null if unknown. */
  readonly hosting: boolean | null;
  /** The bot that the client claims to be. */
  readonly bot: Bot | null;
  /** Whether DNS or published ranges confirm that; null for others and until it is known. */
  readonly verified: boolean | null;
  /** The signed-in user's name. */
  readonly user: string | null;
  /** A mask of SIGNALS. */
  readonly signals: number;
}

/** The known properties of the client. */
export interface Asker {
  readonly ip: string;
  readonly username: string | null;
  /** The signals of the request, as a mask; none if absent. */
  readonly signals?: number;
}

/** External data that rules need. */
export interface Knowledge {
  /** ISO code of an address's country, without waiting. */
  country: (ip: string) => string | null;
  /** Its network's operator, without waiting. */
  operator: (ip: string) => { asn: number; hosting: boolean } | null;
  /** Whether a crawler is verified, without waiting; null if unknown. */
  verified: (ip: string, userAgent: string) => boolean | null;
}

/** Answers that all is unknown. */
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

/** The {@linkcode Subject} of a request; expensive properties are computed on access. */
export class RequestSubject implements Subject {
  readonly path: string;
  readonly method: string;
  /** Whether it comes from a known user's browser; set only if needed. */
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

  /** Whether it came by https, according to its URL. */
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
