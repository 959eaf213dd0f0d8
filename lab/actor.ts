/** Whom somebody acts on, and with what. */
export interface Target {
  /** Where it acts: `http://127.0.0.1:PORT`, a port of its own. */
  url: string;
  /** The user agent that it is to say; null: its own. */
  agent: string | null;
  /** A folder for its files, removed afterwards. */
  folder: string;
}

/** A tool that attacks, or somebody who means no harm. */
export interface Actor {
  name: string;
  /** What has to be installed. */
  needs: readonly string[];
  /** Which of the two it can be sent against. @default both */
  only?: "proxy" | "app";
  /** What is run, bounded in count and by the lab in time; or what is done. */
  run: (target: Target) => { command: string; args: string[] } | Promise<void>;
}

export const BROWSER =
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
