/** What the catalogue says of one kind of error. */

/**
 * Whose it is to mend: the project (its files), a plugin, the host (this machine and its programs), the remote (a server, the network), the user (the
 * command line and the user configuration), or bst itself.
 */
export type Owner = "project" | "plugin" | "host" | "remote" | "user" | "bst";

export interface Entry {
  /** Why this happens, one or two sentences. */
  readonly cause: string;
  readonly owner: Owner;
  /** What to do, where the error itself does not say it more exactly. */
  readonly next: string;
}
