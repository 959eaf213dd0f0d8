import { keyFileOf } from "../accounts/secret_box.ts";
import { isKvFile } from "../store/open.ts";
import { readableByOthers } from "../store/owner_only.ts";
import type { DoctorContext } from "./context.ts";
import type { Check } from "./doctor.ts";

/** Who may read the store's files, and what its secrets are encrypted with. */
export async function checkAtRest(
  { config: { kvPath, secretKey } }: Pick<DoctorContext, "config">,
): Promise<Check[]> {
  return [
    ...isKvFile(kvPath) ? [await modes(kvPath)] : [],
    ...kvPath === ":memory:" ? [] : [secrets(kvPath, secretKey !== null)],
  ];
}

async function modes(kvPath: string): Promise<Check> {
  const title = "Files";
  const open = await readableByOthers(kvPath).catch(() => []);
  return open.length === 0
    ? {
      level: "ok",
      title,
      detail: "Only their owner reads the store's files.",
    }
    : {
      level: "bad",
      title,
      detail: `Others may read ${
        open.join(", ")
      }: password hashes, sessions and the whole log are in them.`,
      fix: `chmod 600 ${open.join(" ")}`,
    };
}

function secrets(kvPath: string, hasKey: boolean): Check {
  const title = "Stored secrets";
  if (hasKey) {
    return {
      level: "ok",
      title,
      detail:
        "Keys of second factors are encrypted with SECRET_KEY: keep it where the backups are not.",
    };
  }
  const file = keyFileOf(kvPath);
  return file === null
    ? {
      level: "warn",
      title,
      detail:
        "Keys of second factors are stored as they are: SECRET_KEY is not set, and each process would make a key of its own.",
      fix: "SECRET_KEY=<what openssl rand -base64 32 prints>",
    }
    : {
      level: "ok",
      title,
      detail:
        `Keys of second factors are encrypted with ${file}: back it up, but not beside the backups of the store.`,
    };
}
