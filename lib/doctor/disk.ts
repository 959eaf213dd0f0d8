// Deno 2.5 has it here, and not in node:fs/promises.
import { statfs } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Check } from "./doctor.ts";
import { isKvFile, kvFileSize } from "../store/open.ts";
import type { DoctorContext } from "./context.ts";

const MB = 1_000_000;
const LITTLE = 1_000 * MB;
const TOO_LITTLE = 100 * MB;

/** How full a file system is. */
export interface Disk {
  free: number;
  size: number;
}

/** The size of the store's file, and how much room its disk has. */
export async function checkDisk(
  { config: { kvPath } }: Pick<DoctorContext, "config">,
  look: (path: string) => Promise<Disk | null> = lookAtDisk,
): Promise<Check | null> {
  if (!isKvFile(kvPath)) return null;
  const title = "Disk";
  // A file that cannot be read is reported by another check.
  const stored = await kvFileSize(kvPath).catch(() => null) ?? 0;
  const holds = `The store takes ${megabytes(stored)}`;
  const disk = await look(dirname(kvPath));
  if (disk === null) {
    return {
      level: "ok",
      title,
      detail:
        `${holds}. The free space is unknown: --allow-sys=statfs is needed.`,
    };
  }
  const detail = `${holds}, ${megabytes(disk.free)} of ${
    megabytes(disk.size)
  } are free.`;
  const fix = "LOG_RETENTION=7d, or a larger disk";
  if (disk.free < TOO_LITTLE) {
    return {
      level: "bad",
      title,
      detail: `${detail} Logging and blocking will soon fail.`,
      fix,
    };
  }
  // A backup copies the file first.
  return disk.free < Math.max(LITTLE, 2 * stored)
    ? {
      level: "warn",
      title,
      detail: `${detail} A backup needs twice the store's size.`,
      fix,
    }
    : { level: "ok", title, detail };
}

async function lookAtDisk(path: string): Promise<Disk | null> {
  // Requesting the permission would prompt at the terminal.
  const permission = {
    name: "sys",
    kind: "statfs",
  } as Deno.PermissionDescriptor;
  const { state } = await Deno.permissions.query(permission);
  if (state !== "granted") return null;
  try {
    const { bavail, blocks, bsize } = await promisify(statfs)(path);
    return { free: bavail * bsize, size: blocks * bsize };
  } catch {
    return null;
  }
}

function megabytes(bytes: number): string {
  return bytes < 10_000 * MB
    ? `${(bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0)} MB`
    : `${(bytes / MB / 1_000).toFixed(0)} GB`;
}
