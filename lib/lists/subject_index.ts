import { AddressTable } from "./address_table.ts";
import { readIp } from "../net/ip.ts";

/** Several counters look up the same address of a record in turn: it is parsed once. */
const WORDS = new Int32Array(4);
let lastRead: string | null = null;
let lastFamily: 0 | 4 | 6 = 0;

/**
 * Numbers subjects in the order in which they turn up, from 0. Addresses are found by their bits:
 * every block of the log brings its own strings, and a Map would hash and compare each of a million
 * of them. All spellings of an address are one subject.
 */
export class SubjectIndex {
  /** The subjects by their numbers, as they were spelt first. */
  readonly names: string[] = [];
  /** Made when there is one of the family: of quiet hours there are thousands. */
  #ipv4: AddressTable | undefined;
  #ipv6: AddressTable | undefined;
  readonly #others = new Map<string, number>();

  /** A subject's number, or -1. */
  get(subject: string): number {
    const table = this.#tableOf(subject);
    return table ? table.get(WORDS) : this.#others.get(subject) ?? -1;
  }

  /** Numbers a subject that has none yet. */
  add(subject: string): number {
    const number = this.names.push(subject) - 1;
    const table = this.#tableOf(subject);
    if (table) table.set(WORDS, number);
    else this.#others.set(subject, number);
    return number;
  }

  /** Where an address stands, whose bits are in `WORDS` then; undefined for any other subject. */
  #tableOf(subject: string): AddressTable | undefined {
    if (subject !== lastRead) {
      lastFamily = readIp(subject, WORDS);
      lastRead = subject;
    }
    if (lastFamily === 0) return undefined;
    return lastFamily === 4
      ? this.#ipv4 ??= new AddressTable(1)
      : this.#ipv6 ??= new AddressTable(4);
  }
}
