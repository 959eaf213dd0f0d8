import { botOf } from "../bots/bot_of.ts";
import { isHosting } from "../geo/hosting.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { appPath, type Subject } from "./request_subject.ts";

/** A request of the stored log, for the evaluation of rules. */
export class LoggedSubject implements Subject {
  readonly #record: RequestRecord;
  readonly path: string;
  readonly verified = null;

  constructor(record: RequestRecord) {
    this.#record = record;
    this.path = appPath(record.path);
  }

  get ip() {
    return this.#record.ip_address;
  }
  get method() {
    return this.#record.method;
  }
  get host() {
    return (this.#record.host ?? "").replace(/:\d*$/, "");
  }
  get userAgent() {
    return this.#record.user_agent ?? "";
  }
  get country() {
    return this.#record.country_code;
  }
  get asn() {
    return this.#record.asn;
  }
  get hosting() {
    const { asn, operator } = this.#record;
    return asn === null ? null : isHosting({ asn, name: operator ?? "" });
  }
  get bot() {
    return botOf(this.#record.user_agent);
  }
  get user() {
    return this.#record.username;
  }
  get signals() {
    return this.#record.signals;
  }
  header(name: string) {
    return name === "user-agent" ? this.#record.user_agent : null;
  }
}
