/** Mirrors by rule: the kinds of mirrors that plugins have, each in front of a server that knows the urls they make. */
import type { Case } from "./Case.ts";
import type { World } from "./World.ts";

function mirrored(kind: string, owner: string, path: string, config: (world: World) => unknown, served: string): Case {
  const place = { url: "" };
  return {
    name: `${kind} of ${owner}`,
    kind: "remote",
    config: { url: `up:${path}` },
    // Where the world is: only one of the kinds looks.
    get aliases() {
      return { up: kind === "fake_mirror" ? `${place.url}/` : "https://up.invalid/" };
    },
    mirrors: () => ({}),
    mirror: { package: owner, kind, config },
    prepare: (world) => {
      place.url = world.url;
      world.otherwise = (request, response) => {
        response.statusCode = request.url === served ? 200 : 404;
        response.end("served");
      };
    },
  };
}

const simple = (owner: string): Case =>
  mirrored(
    "simple_mirror",
    owner,
    "dir/file.bin",
    (world) => ({ url: `${world.url}/mirrors/{alias}/`, aliases: ["up"] }),
    "/mirrors/up/dir/file.bin",
  );
const gitlab = (owner: string): Case =>
  mirrored(
    "gitlab_lfs_mirror",
    owner,
    "some dir/file.bin",
    (world) => ({ url: world.url, project: "group/{alias}", ref: "main", aliases: ["up"] }),
    "/api/v4/projects/group%2Fup/repository/files/some%20dir%2Ffile.bin/raw?ref=main&lfs=true",
  );

const [own, community] = ["buildstream-plugins", "buildstream-plugins-community"];

/** The cases; not of `Cases.ts`, since they compare what several tools do, and no golden data. */
export const cases: readonly Case[] = [
  simple(own),
  simple(community),
  gitlab(own),
  gitlab(community),
  mirrored("fake_mirror", community, "dir/file.bin", () => ({ aliases: ["up"] }), "/dir/file.bin"),
];
