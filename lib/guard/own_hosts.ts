/** The maximum number of remembered hosts. */
const MOST = 100;

/**
 * The hosts of this server: those that are configured, else those that it has served. A request
 * with the URL of another host tries to use it as an open proxy, whatever `Host` says.
 */
export class OwnHosts {
  readonly #allowsHost: ((host: string) => boolean) | undefined;
  readonly #known: Set<string>;
  #last = "";

  constructor(
    allowsHost?: (host: string) => boolean,
    known: readonly string[] = [],
  ) {
    this.#allowsHost = allowsHost;
    this.#known = new Set(known.map(bare));
  }

  /** Whether a host is one of ours; null if unknown. */
  readonly isOurs = (host: string): boolean | null => {
    if (this.#allowsHost !== undefined) return this.#allowsHost(host);
    return this.#known.size === 0 ? null : this.#known.has(bare(host));
  };

  /** Remembers the host of a served request whose target is a path. */
  served(target: string, host: string | null): void {
    if (host === null || host === this.#last) return;
    if (!target.startsWith("/") || this.#known.size >= MOST) return;
    this.#last = host;
    this.#known.add(bare(host));
  }
}

/** Without its port, which proxies in front may change. */
function bare(host: string): string {
  return host.toLowerCase().replace(/:\d{0,5}$/, "");
}
