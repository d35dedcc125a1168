/** A proxy that answers for every host itself, also over TLS, with a certificate that its users are told to trust: registries by their real names, offline. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface EveryHost {
  /** What programs need to go through it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => void;
}

/** Opens it. `answer` is asked with the whole url. */
export async function open(
  place: string,
  hosts: readonly string[],
  answer: (url: string, response: ServerResponse) => void,
): Promise<EveryHost> {
  const [key, certificate] = [join(place, "key.pem"), join(place, "certificate.pem")];
  const names = hosts.map((host) => `DNS:${host}`).join(",");
  const parameters = [
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=parity",
    "-addext",
    `subjectAltName=${names}`,
  ];
  execFileSync("openssl", ["req", ...parameters, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const handle = (request: IncomingMessage, response: ServerResponse): void =>
    answer(`https://${request.headers.host}${request.url}`, response);
  const secure = createSecureServer({ key: readFileSync(key), cert: readFileSync(certificate) }, handle);
  const server = createServer(handle);
  server.on("connect", (_, socket) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    secure.emit("connection", socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: {
      https_proxy: url,
      no_proxy: "127.0.0.1,localhost",
      NODE_EXTRA_CA_CERTS: certificate,
      REQUESTS_CA_BUNDLE: certificate,
      SSL_CERT_FILE: certificate,
    },
    close: () => {
      server.closeAllConnections();
      server.close();
      secure.close();
    },
  };
}
