/** What the gRPC library and TLS say of a connection or a call that failed, in words that say what to do. */

/** Characters of a message that are shown; servers may send any number. */
const longest = 600;

/** A server's text without what a terminal would act upon, and not endless. */
export function printable(text: string): string {
  const plain = text.slice(0, 4 * longest).replace(/[\p{Cc}\p{Cf}]+/gu, " ");
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain;
}

const token = "the access token is missing or not accepted";
const statuses: Readonly<Record<string, string>> = {
  400: "HTTP 400 from the server or its front, as where a client certificate is missing or not accepted",
  401: `HTTP 401 from the server or its front: ${token}`,
  403: `HTTP 403 from the server or its front: ${token}, or it does not allow this`,
  413: "HTTP 413 from the front of the server: it takes no messages of this size (nginx: client_max_body_size 0)",
  502: "HTTP 502 from the front of the server: it does not reach the server behind it",
  503: "HTTP 503 from the server or its front: it is overloaded or being restarted",
  504: "HTTP 504 from the front of the server: the server behind it does not answer",
};

/** Scripts look for the first three words, which gRPC says elsewhere. */
const noAddress =
  "address lookup failed, the host $1 has no address; look at the `url`, and at the name servers of this machine";

/** Patterns of what is said, with what to do about it. */
const advice: readonly (readonly [RegExp, string])[] = [
  [
    /wrong version number|packet length too long/i,
    "the server does not speak TLS on this port; write http:// when it is meant to be without",
  ],
  [
    /^Protocol error|Parse Error|HPE_|ERR_HTTP2_ERROR/,
    "the server does not speak unencrypted HTTP/2 on this port; write https:// when it speaks TLS",
  ],
  [/no application protocol/i, "the server speaks no HTTP/2, which gRPC needs; look at the configuration of its front"],
  [
    /unable to verify the first certificate|unable to get (local )?issuer certificate|self.signed certificate/i,
    "no authority that is trusted here signed the server's certificate; name its authority as `server-cert`",
  ],
  [/certificate has expired/i, "the server's certificate has expired"],
  [/certificate is not yet valid/i, "the server's certificate is not valid yet; is the clock of this machine right?"],
  [/Private key must be given/, "`client-cert` is missing beside `client-key`"],
  [/Certificate chain must be given/, "`client-key` is missing beside `client-cert`"],
  [/key values mismatch/, "`client-key` is not the key of `client-cert`"],
  [/no start line|bad base64|PEM routines|DECODER routines/i, "a file named below `auth` is no PEM file of its kind"],
  [
    /^Received message larger than max/,
    "the answer is larger than any that gRPC servers give; is there a server of another kind at this address?",
  ],
  [
    /altnames: Host: (.*?)\.? is not in the cert's altnames: (.*)$/,
    "the server's certificate is for $2, and not for $1",
  ],
  [/^Name resolution failed for target (?:dns:)?(.*)$/, noAddress],
  [/^connect ECONNREFUSED (\S+)/, "ECONNREFUSED $1, nothing listens there; is the server running?"],
];

/** Whether the library says that nobody was there to answer. */
export const isUnreached = (details: string): boolean => details.startsWith("No connection established");

/** Whether what is said of a server that is not there is what one in the middle of a restart makes its clients say, and not a mistake in how it is written or set up. */
export function isPassing(details: string): boolean {
  const status = httpStatus(details);
  if (status !== undefined) return ["502", "503", "504"].includes(status);
  if (isUnreached(details)) return /ECONNREFUSED|ECONNRESET|EPIPE|ENOENT/.test(details);
  return advice.every(([pattern]) => !pattern.test(strip(details)));
}

const httpStatus = (details: string): string | undefined => /^Received HTTP status code (\d+)/.exec(details)?.[1];

/** The words for what a library said. */
export function of(details: string): string {
  const status = httpStatus(details);
  if (status !== undefined)
    return (
      statuses[status] ?? `HTTP ${status} from the server or its front, as where no gRPC server is at this address`
    );
  const said = strip(details);
  const connection = /^No connection established\. Last error: (?:Error: )?(.*)$/s.exec(said)?.[1];
  return connection === undefined ? inWords(said) : `no connection: ${inWords(connection)}`;
}

function inWords(said: string): string {
  for (const [pattern, words] of advice) {
    const found = pattern.exec(said);
    if (found !== null) return words.replace(/\$(\d)/g, (_, group) => found[Number(group)] ?? "");
  }
  return said;
}

/** Without the library's notes to programmers. */
const strip = (details: string): string =>
  details
    .replace(/ Resolution note: $/, "")
    .replace(/^Getting metadata from plugin failed with error: /, "the access token cannot be used: ")
    .replace(/; if the root CA is installed locally.*$/, "")
    .replace(/\.$/, "");
