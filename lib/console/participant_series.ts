import type { Incident } from "../detection/incidents/incident.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { networkOf } from "../net/network.ts";

/** The number of columns of a participant's chart. */
const COLUMNS = 24;
/** Of more addresses only the networks are charted: the charts would be most of the page. */
const MOST_ADDRESSES = 20;
const MOST_NETWORKS = 50;

/** A column of a chart. */
export interface Bar {
  requests: number;
  allowed: number;
}

/** Counts the requests of an incident's participants over time, by network and by address. */
export class ParticipantSeries {
  readonly #series: ReadonlyMap<string, Bar[]>;
  readonly #since: number;
  readonly #step: number;

  constructor(
    { addresses, networks, first_seen, last_seen }: Pick<
      Incident,
      "addresses" | "networks" | "first_seen" | "last_seen"
    >,
  ) {
    this.#since = first_seen;
    this.#step = (last_seen + 1 - first_seen) / COLUMNS;
    const names = [
      ...networks.slice(0, MOST_NETWORKS),
      ...addresses.length <= MOST_ADDRESSES ? addresses : [],
    ];
    this.#series = new Map(names.map((name) => [name, noBars()]));
  }

  add({ timestamp, ip_address, outcome }: RequestRecord): void {
    const column = Math.floor((timestamp - this.#since) / this.#step);
    for (const name of [ip_address, networkOf(ip_address)]) {
      const bar = name && this.#series.get(name)?.[column];
      if (!bar) continue;
      bar.requests++;
      if (outcome === "allowed") bar.allowed++;
    }
  }

  /** The columns of an address or a network; none if it is not charted. */
  of(name: string): readonly Bar[] {
    return this.#series.get(name) ?? [];
  }
}

function noBars(): Bar[] {
  return Array.from({ length: COLUMNS }, () => ({ requests: 0, allowed: 0 }));
}
