import { pathToFileURL } from "node:url";
import { messageOf } from "../base/error_words.ts";
import type { NetworkOperator } from "./operator_table.ts";
import { OperatorTable } from "./operator_table.ts";
import { type OperatorFiles, packOperators } from "./pack_operators.ts";
import { readInPieces } from "./database_bytes.ts";
import { isHosting } from "./hosting.ts";

/** What a page that shows operators must show too: the data are licensed under CC BY 4.0. */
export const OPERATOR_ATTRIBUTION = {
  text: "Network operators by RouteViews, NRO and DB-IP (CC BY 4.0)",
  href: "https://www.routeviews.org",
} as const;

/** Who runs the network of an address, and whether they rent out machines in it. */
export interface Operator extends NetworkOperator {
  hosting: boolean;
}

/** How the table of operators is doing. */
export interface OperatorStatus {
  loaded: boolean;
  /** How much memory it takes. */
  bytes: number;
  /** Why it could not be read, or null. */
  error: string | null;
}

/** Who runs which network. */
export interface Operators {
  /**
   * The operator of an address; null where nobody is known, or the data are not
   * read yet. Never throws and never waits.
   */
  operatorOf(ip: string): Operator | null;
  /** Resolves when the data are read, or could not be. */
  ready(): Promise<void>;
  status(): OperatorStatus;
  /** Lets go of the data. */
  close(): Promise<void>;
}

/**
 * One edition of the ranges that a table is packed of.
 *
 * @example
 * ```ts
 * import type { OperatorSource } from "@portcullis/portcullis";
 * import { asn } from "@portcullis/portcullis/asn";
 *
 * const source: OperatorSource = await asn();
 * console.log(source.edition);
 * ```
 */
export interface OperatorSource {
  /** Tells one edition of the data from the next. */
  edition: string;
  /** Reads the ranges, where no packed file is there. */
  read(): Promise<OperatorFiles>;
}

/** Options of {@linkcode openOperators}. */
export interface OperatorOptions {
  /** Finds the ranges. */
  source: () => Promise<OperatorSource>;
  /**
   * Folders in which a packed file may lie; the first that can be written gets
   * one. Where none can, it is packed again at each start.
   *
   * @default []
   */
  folders?: readonly string[];
}

/** Operators that are switched off. */
export const noOperators: Operators = {
  operatorOf: () => null,
  ready: () => Promise.resolve(),
  status: () => ({ loaded: false, bytes: 0, error: null }),
  close: () => Promise.resolve(),
};

/** Operators by a file of one's own. */
export function operatorsBy(
  find: (ip: string) => NetworkOperator | null,
): Operators {
  return {
    ...noOperators,
    operatorOf: (ip) => withHosting(find(ip)),
    status: () => ({ loaded: true, bytes: 0, error: null }),
  };
}

/**
 * Begins to read the operators in the background: a packed file in some 20 ms, else the packaged
 * ranges in a few seconds of one core, in turns with whatever else there is to do.
 */
export function openOperators(options: OperatorOptions): Operators {
  let table: OperatorTable | null = null;
  let error: string | null = null;
  let closed = false;

  async function load(): Promise<void> {
    try {
      const { folders = [], source } = options;
      const { edition, read } = await source();
      const found = await readPacked(folders, edition) ??
        await pack(folders, { edition, read }, () => {
          if (closed) throw new Error("closed");
        });
      if (!closed) table = found;
    } catch (cause) {
      error = messageOf(cause);
    }
  }
  const loading = load();

  return {
    operatorOf: (ip) => withHosting(table?.find(ip) ?? null),
    ready: () => loading,
    status: () => ({
      loaded: table !== null,
      bytes: table?.byteLength ?? 0,
      error,
    }),
    async close() {
      closed = true;
      table = null;
      await loading;
    },
  };
}

/** Packs the ranges into a folder, as the build does. */
export async function packInto(
  folder: string,
  { read, edition }: OperatorSource,
): Promise<void> {
  await write(fileIn(folder, edition), await packOperators(await read()));
}

/** Whether a folder has a packed file that can be read. */
export async function hasOperators(
  folder: string,
  edition: string,
): Promise<boolean> {
  return await readPacked([folder], edition) !== null;
}

const known = new WeakMap<NetworkOperator, Operator>();

function withHosting(found: NetworkOperator | null): Operator | null {
  if (found === null) return null;
  let operator = known.get(found);
  if (operator === undefined) {
    operator = { ...found, hosting: isHosting(found) };
    known.set(found, operator);
  }
  return operator;
}

async function readPacked(
  folders: readonly string[],
  edition: string,
): Promise<OperatorTable | null> {
  for (const folder of folders) {
    try {
      const bytes = await readInPieces(
        pathToFileURL(fileIn(folder, edition)),
      );
      return new OperatorTable(bytes.buffer as ArrayBuffer);
    } catch {
      // Not there, or cut short: the next one, or packed anew.
    }
  }
  return null;
}

async function pack(
  folders: readonly string[],
  { read, edition }: OperatorSource,
  goOn: () => void,
): Promise<OperatorTable> {
  const bytes = await packOperators(await read(), async () => {
    goOn();
    await new Promise((resolve) => setTimeout(resolve, 0));
  });
  const table = new OperatorTable(bytes);
  for (const folder of folders) {
    try {
      await write(fileIn(folder, edition), bytes);
      break;
    } catch {
      // A read-only image, or no permission.
    }
  }
  return table;
}

/** Whole or not at all: another process may read it at any time. */
async function write(file: string, bytes: ArrayBuffer): Promise<void> {
  const part = `${file}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    await Deno.writeFile(part, new Uint8Array(bytes));
    await Deno.rename(part, file);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}

function fileIn(folder: string, edition: string): string {
  return `${folder.replace(/\/+$/, "")}/operators-${edition}.bin`;
}
