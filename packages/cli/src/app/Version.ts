/** The version of BuildStream that this program stands in for: what scripts compare `bst --version` with, and what logs begin with. */
export const version = "2.8.1";
