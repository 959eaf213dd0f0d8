import { OUTCOMES, type RequestRecord } from "../log/request_record.ts";

/** Upper bounds of the duration's histogram, in seconds. */
const BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/**
 * Counts requests since start, for `/metrics`. There are few labels, and visitors cannot choose
 * them.
 */
export class Metrics {
  /** By outcome, then by class of status: 0 stands for anything but 1xx to 5xx. */
  readonly #requests = OUTCOMES.map(() => new Array<number>(6).fill(0));
  readonly #durations = new Array<number>(BOUNDS.length + 1).fill(0);
  #seconds = 0;
  #total = 0;

  /** How many requests were counted. */
  get total(): number {
    return this.#total;
  }

  count({ outcome, status, duration_ms }: RequestRecord): void {
    const byClass = this.#requests[OUTCOMES.indexOf(outcome)]!;
    const statusClass = status >= 100 && status < 600
      ? Math.floor(status / 100)
      : 0;
    byClass[statusClass]!++;
    this.#total++;
    const seconds = (duration_ms ?? 0) / 1_000;
    let bound = 0;
    while (bound < BOUNDS.length && seconds > BOUNDS[bound]!) bound++;
    this.#durations[bound]!++;
    this.#seconds += seconds;
  }

  /** The counts in Prometheus' text format. */
  lines(): string[] {
    const lines = [
      "# HELP portcullis_requests_total Requests by outcome and class of status.",
      "# TYPE portcullis_requests_total counter",
    ];
    for (const [index, outcome] of OUTCOMES.entries()) {
      for (let statusClass = 1; statusClass <= 5; statusClass++) {
        const count = this.#requests[index]![statusClass];
        lines.push(
          `portcullis_requests_total{outcome="${outcome}",status="${statusClass}xx"} ${count}`,
        );
      }
    }
    lines.push(
      "# HELP portcullis_request_duration_seconds Time until the head of the response was ready.",
      "# TYPE portcullis_request_duration_seconds histogram",
    );
    let below = 0;
    for (const [index, bound] of BOUNDS.entries()) {
      below += this.#durations[index]!;
      lines.push(
        `portcullis_request_duration_seconds_bucket{le="${bound}"} ${below}`,
      );
    }
    below += this.#durations[BOUNDS.length]!;
    lines.push(
      `portcullis_request_duration_seconds_bucket{le="+Inf"} ${below}`,
      `portcullis_request_duration_seconds_sum ${this.#seconds}`,
      `portcullis_request_duration_seconds_count ${below}`,
    );
    return lines;
  }
}
