/** So many hosts are remembered. */
const MOST = 100;

/**
 * Which hosts are this server's: those that are configured, else those that it has answered for. Who
 * asks for the page of another one takes it for an open proxy, whatever `Host` says.
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

  /** Whether a host is one of ours; null where nobody knows yet. */
  readonly isOurs = (host: string): boolean | null => {
    if (this.#allowsHost !== undefined) return this.#allowsHost(host);
    return this.#known.size === 0 ? null : this.#known.has(bare(host));
  };

  /** Remembers the host of a request that was answered as one of ours are: by a path. */
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
