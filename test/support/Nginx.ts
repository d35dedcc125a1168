/** nginx as the front of a cache server: TLS, client certificates and tokens on loopback, with certificates made for the occasion. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Buildbox from "./Buildbox.ts";

export interface Certificates {
  readonly directory: string;
  /** The authority that signed everything but what is called stranger. */
  readonly authority: string;
  /** Names of files without their ending: `.key` and `.crt`. */
  readonly client: string;
  /** Of a client, over since yesterday. */
  readonly expired: string;
  /** Signed by an authority that nobody knows; its certificate is `strangerAuthority`. */
  readonly stranger: string;
  readonly strangerAuthority: string;
}

/** The moment in the past at which what is expired ended. */
const past = ["-not_before", "20200101000000Z", "-not_after", "20200102000000Z"];

/** Makes certificates below a directory. */
export function makeCertificates(directory: string): Certificates {
  const openssl = (...args: readonly string[]) =>
    execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  const authority = (name: string) =>
    openssl(
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-keyout", `${name}.key`, "-out", `${name}.crt`, "-subj", `/CN=${name}`],
    );
  const sign = (name: string, by: string, ...more: readonly string[]) => {
    openssl(
      ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`],
    );
    writeFileSync(join(directory, "extensions"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    if (more.length === 0)
      openssl(
        ...["x509", "-req", "-in", `${name}.csr`, "-CA", `${by}.crt`, "-CAkey", `${by}.key`, "-CAcreateserial"],
        ...["-days", "2", "-extfile", "extensions", "-out", `${name}.crt`],
      );
    else {
      // Certificates of the past are made by the authority's own command.
      writeFileSync(join(directory, "index"), "");
      writeFileSync(
        join(directory, "ca.conf"),
        "[ca]\ndefault_ca=own\n[own]\ndatabase=index\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=any\nx509_extensions=names\n" +
          "[any]\ncommonName=supplied\n[names]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n",
      );
      openssl(
        ...["ca", "-batch", "-config", "ca.conf", "-cert", `${by}.crt`, "-keyfile", `${by}.key`, "-notext"],
        ...[
          "-startdate",
          more[1] as string,
          "-enddate",
          more[3] as string,
          "-in",
          `${name}.csr`,
          "-out",
          `${name}.crt`,
        ],
      );
    }
  };
  authority("authority");
  authority("nobody");
  sign("server", "authority");
  sign("client", "authority");
  sign("expired", "authority", ...past);
  sign("old-server", "authority", ...past);
  sign("stranger", "nobody");
  const at = (name: string) => join(directory, name);
  return {
    directory,
    authority: at("authority.crt"),
    client: at("client"),
    expired: at("expired"),
    stranger: at("stranger"),
    strangerAuthority: at("nobody.crt"),
  };
}

export interface Nginx {
  /** Asks for nothing but TLS. */
  readonly open: string;
  /** Asks for a certificate of the authority. */
  readonly mutual: string;
  /** Asks for a bearer token. */
  readonly token: string;
  /** Has a certificate that is over. */
  readonly expired: string;
  /** What it wrote into its logs. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts a front of the server at a port. */
export async function start(certificates: Certificates, port: number, token: string): Promise<Nginx> {
  const place = mkdtempSync(join(tmpdir(), "millrace-nginx-"));
  chmodSync(place, 0o755);
  for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(place, name), { mode: 0o777 });
  const ports = [
    await Buildbox.freePort(),
    await Buildbox.freePort(),
    await Buildbox.freePort(),
    await Buildbox.freePort(),
  ] as const;
  const server = (listen: number, certificate: string, more: string, inside = "") =>
    `  server {
    listen 127.0.0.1:${listen} ssl http2;
    ssl_certificate ${certificates.directory}/${certificate}.crt;
    ssl_certificate_key ${certificates.directory}/${certificate}.key;
    client_max_body_size 0;
    ${more}
    location / {
      ${inside}
      grpc_pass grpc://127.0.0.1:${port};
    }
  }
`;
  const mutual = `ssl_client_certificate ${certificates.authority}; ssl_verify_client on;`;
  const bearer = `if ($http_authorization != "Bearer ${token}") { return 401; }`;
  const temporary = ["client_body:body", "proxy:proxy", "fastcgi:fastcgi", "uwsgi:uwsgi", "scgi:scgi"]
    .map((pair) => pair.split(":"))
    .map(([kind, name]) => `  ${kind}_temp_path ${place}/${name};\n`)
    .join("");
  const file = join(place, "nginx.conf");
  writeFileSync(
    file,
    `daemon off;\nmaster_process off;\npid ${place}/pid;\nerror_log ${place}/error.log;\nevents {}\nhttp {\n  access_log ${place}/access.log;\n${temporary}` +
      server(ports[0], "server", "") +
      server(ports[1], "server", mutual) +
      server(ports[2], "server", "", bearer) +
      server(ports[3], "old-server", "") +
      "}\n",
  );
  const search = `${process.env["PATH"]}:/usr/sbin:/sbin`;
  const child = spawn("nginx", ["-c", file, "-p", place, "-e", join(place, "error.log")], {
    env: { ...process.env, PATH: search },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  const up = await Promise.race([Buildbox.listens(ports[3], () => child.exitCode === null), failed]);
  if (!up) throw new Error(`nginx does not listen: ${said}`);
  const [open, withCertificate, withToken, expired] = ports.map((at) => `https://localhost:${at}`) as [
    string,
    string,
    string,
    string,
  ];
  return {
    open,
    mutual: withCertificate,
    token: withToken,
    expired,
    log: () => ["error.log", "access.log"].map((name) => readFileSync(join(place, name), "utf8")).join(""),
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(place, { recursive: true, force: true });
    },
  };
}
