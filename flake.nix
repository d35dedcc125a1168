{
  description = "Millrace: BuildStream projects, built in TypeScript";

  inputs.nixpkgs.url = "nixpkgs";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      # What bst calls at run time, besides Node.
      tools = pkgs: with pkgs; [ bubblewrap git gnutar gnupatch xz util-linux ];
    in
    {
      packages = each (pkgs: {
        default = pkgs.buildNpmPackage {
          pname = "millrace";
          version = "0.1.0";
          src = self;
          nodejs = pkgs.nodejs_24;
          # Taken from package-lock.json, so that there is no hash to keep in step.
          npmDeps = pkgs.importNpmLock { npmRoot = self; };
          npmConfigHook = pkgs.importNpmLock.npmConfigHook;
          nativeBuildInputs = [ pkgs.makeWrapper ];
          npmBuildScript = "build";
          installPhase = ''
            mkdir -p $out/lib/millrace $out/bin
            cp -r packages/cli/bin packages/cli/dist packages/cli/package.json $out/lib/millrace/
            makeWrapper ${pkgs.nodejs_24}/bin/node $out/bin/bst \
              --add-flags "--max-semi-space-size=8 $out/lib/millrace/bin/bst.js" \
              --prefix PATH : ${pkgs.lib.makeBinPath (tools pkgs)}
          '';
        };
      });

      devShells = each (pkgs: {
        default = pkgs.mkShell { packages = [ pkgs.nodejs_24 pkgs.busybox ] ++ tools pkgs; };
      });
    };
}
