import { FLAG, type RequestRecord } from "../log/request_record.ts";

/** A path that seems to accept passwords. */
export interface FormPath {
  path: string;
  /** How many forms were sent to it. */
  posts: number;
  /** By how many clients; counted up to 50. */
  clients: number;
  /** The most frequent response status. */
  status: number;
}

/** The fewest forms for a proposal. */
const MANY = 20;
/** The share of them that must have the same status. */
const ALIKE = 0.9;
const MOST_PATHS = 2_000;
const MOST_CLIENTS = 50;
/** If form bodies are unknown, as in an imported log, the path's name must suggest it. */
const NAMED =
  /(?:^|[/_.-])(?:log-?_?[io]n|logon|sign-?_?[io]n|signon|auth(?:enticate)?|anmeld\w*|acceso|connexion|session)(?:$|[/_.-])/i;

interface Form {
  posts: number;
  passwords: number;
  statuses: Map<number, number>;
  clients: Set<string>;
}

/** Counts the forms sent to each path, and their responses. */
export class FormPaths {
  readonly #forms = new Map<string, Form>();

  /** Counts a `POST`. */
  add({ path, status, flags }: RequestRecord, client: string): void {
    let form = this.#forms.get(path);
    if (form === undefined) {
      if (this.#forms.size >= MOST_PATHS) return;
      form = {
        posts: 0,
        passwords: 0,
        statuses: new Map(),
        clients: new Set(),
      };
      this.#forms.set(path, form);
    }
    form.posts++;
    if ((flags & FLAG.password) !== 0) form.passwords++;
    form.statuses.set(status, (form.statuses.get(status) ?? 0) + 1);
    if (form.clients.size < MOST_CLIENTS) form.clients.add(client);
  }

  /**
   * The paths that got many forms with a password and mostly the same response, as from a login
   * page for wrong passwords. Missing paths (404, 405) are excluded.
   */
  *looksLikeLogins(): Generator<FormPath> {
    for (const [path, { posts, passwords, statuses, clients }] of this.#forms) {
      if (posts < MANY) continue;
      if (passwords * 2 < posts && (passwords > 0 || !NAMED.test(path))) {
        continue;
      }
      const [status, most] = [...statuses].reduce((best, each) =>
        each[1] > best[1] ? each : best
      );
      if (most < ALIKE * posts || status === 404 || status === 405) continue;
      yield { path, posts, clients: clients.size, status };
    }
  }
}
