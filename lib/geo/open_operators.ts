import { pathToFileURL } from "node:url";
import { messageOf } from "../base/error_words.ts";
import type { NetworkOperator } from "./operator_table.ts";
import { OperatorTable } from "./operator_table.ts";
import { type OperatorFiles, packOperators } from "./pack_operators.ts";
import { readInPieces } from "./database_bytes.ts";
import { isHosting } from "./hosting.ts";

/** The attribution that a page with operators must show: the data are licensed under CC BY 4.0. */
export const OPERATOR_ATTRIBUTION = {
  text: "Network operators by RouteViews, NRO and DB-IP (CC BY 4.0)",
  href: "https://www.routeviews.org",
} as const;

/** The operator of an address's network, and whether it is a hosting provider. */
export interface Operator extends NetworkOperator {
  hosting: boolean;
}

/** The status of the table of operators. */
export interface OperatorStatus {
  loaded: boolean;
  /** How much memory it takes. */
  bytes: number;
  /** Why it could not be read, or null. */
  error: string | null;
}

/** The operators of networks. */
export interface Operators {
  /**
   * The operator of an address; null if unknown, or while the data are loading. Never throws and
   * never waits.
   */
  operatorOf(ip: string): Operator | null;
  /** Resolves when the data are loaded or have failed. */
  ready(): Promise<void>;
  status(): OperatorStatus;
  /** Closes the data. */
  close(): Promise<void>;
}

/**
 * One edition of the ranges from which a table is packed.
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
  /** The name of the edition. */
  edition: string;
  /** Reads the ranges, if there is no packed file. */
  read(): Promise<OperatorFiles>;
}

/** Options of {@linkcode openOperators}. */
export interface OperatorOptions {
  /** Finds the ranges. */
  source: () => Promise<OperatorSource>;
  /**
   * Folders that may contain a packed file; the first writable one gets it. Without any, the table
   * is packed again at each start.
   *
   * @default []
   */
  folders?: readonly string[];
}

/** Operators switched off. */
export const noOperators: Operators = {
  operatorOf: () => null,
  ready: () => Promise.resolve(),
  status: () => ({ loaded: false, bytes: 0, error: null }),
  close: () => Promise.resolve(),
};

/** Operators from the user's own file. */
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
 * Starts to load the operators in the background: a packed file in some 20 ms, else the packaged
 * ranges in a few seconds of one core, yielding to other tasks.
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

/** Packs the ranges into a file in a folder, as the build does. */
export async function packInto(
  folder: string,
  { read, edition }: OperatorSource,
): Promise<void> {
  await write(fileIn(folder, edition), await packOperators(await read()));
}

/** Whether a folder has a readable packed file. */
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
      // Missing or incomplete: try the next one, or pack anew.
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

/** Writes atomically, because another process may read the file at any time. */
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
