import { AddressTable } from "./address_table.ts";
import { readIp } from "../net/ip.ts";

/** Several counters look up the same address of a record one after the other: it is parsed once. */
const WORDS = new Int32Array(4);
let lastRead: string | null = null;
let lastFamily: 0 | 4 | 6 = 0;

/**
 * Numbers subjects in order of their first occurrence, from 0. Addresses are looked up by their
 * bits: every log chunk has its own strings, and a Map would hash and compare each of a million of
 * them. All spellings of an address are one subject.
 */
export class SubjectIndex {
  /** The subjects by number, in their first spelling. */
  readonly names: string[] = [];
  /** Each is created with its first subject: there are thousands of quiet hours. */
  #ipv4: AddressTable | undefined;
  #ipv6: AddressTable | undefined;
  #others: Map<string, number> | undefined;

  /** A subject's number, or -1. */
  get(subject: string): number {
    const table = this.#tableOf(subject);
    return table ? table.get(WORDS) : this.#others?.get(subject) ?? -1;
  }

  /** Numbers a subject that has no number yet. */
  add(subject: string): number {
    const number = this.names.push(subject) - 1;
    const table = this.#tableOf(subject);
    if (table) table.set(WORDS, number);
    else (this.#others ??= new Map()).set(subject, number);
    return number;
  }

  /** Forgets all subjects. */
  clear(): void {
    this.names.length = 0;
    this.#ipv4?.clear();
    this.#ipv6?.clear();
    this.#others?.clear();
  }

  /**
   * The table of an address, whose bits are in `WORDS` afterwards; undefined for any other subject.
   */
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
