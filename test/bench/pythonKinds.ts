/** A project whose elements and sources are all of kinds in Python. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const element = `from buildstream import Element

class Own(Element):
    BST_MIN_VERSION = "2.0"

    def configure(self, node):
        node.validate_keys(["commands", "label"])
        self.commands = node.get_str_list("commands", [])
        self.label = node.get_str("label", "none")

    def configure_dependencies(self, dependencies):
        self.below = [dependency.path for dependency in dependencies]

    def preflight(self):
        pass

    def get_unique_key(self):
        return {"commands": self.commands, "label": self.label, "below": self.below, "prefix": self.get_variable("prefix")}

    def configure_sandbox(self, sandbox):
        pass

    def stage(self, sandbox):
        pass

    def assemble(self, sandbox):
        return "/"

def setup():
    return Own
`;

const source = `from buildstream import Source

class Origin(Source):
    BST_MIN_VERSION = "2.0"

    def configure(self, node):
        node.validate_keys(["url", "ref", *Source.COMMON_CONFIG_KEYS])
        self.url = self.translate_url(node.get_str("url"))
        self.ref = node.get_str("ref", None)

    def preflight(self):
        pass

    def get_unique_key(self):
        return [self.url, self.ref]

    def load_ref(self, node):
        self.ref = node.get_str("ref", None)

    def get_ref(self):
        return self.ref

    def set_ref(self, ref, node):
        node["ref"] = self.ref = ref

    def is_cached(self):
        return False

    def fetch(self):
        pass

    def stage(self, directory):
        pass

def setup():
    return Origin
`;

/** Writes the project below a directory and names it; `all.bst` is a stack of all. */
export function project(count: number) {
  return (place: string): string => {
    const directory = join(place, `python-${count}`);
    if (existsSync(directory)) return directory;
    mkdirSync(join(directory, "elements"), { recursive: true });
    const write = (path: string, text: string) => writeFileSync(join(directory, path), text);
    write("own.py", element);
    write("origin.py", source);
    const plugins = "plugins:\n- origin: local\n  path: .\n  elements: [own]\n  sources: [origin]\n";
    write(
      "project.conf",
      `name: bench\nmin-version: 2.0\nelement-path: elements\naliases:\n  up: https://example.com/\n${plugins}`,
    );
    const name = (index: number) => `e${index}.bst`;
    for (let index = 0; index < count; index++) {
      const below = index === 0 ? "" : `build-depends:\n- ${name(index - 1)}\n- ${name(Math.floor(index / 2))}\n`;
      const config = `config:\n  label: number ${index}\n  commands:\n  - echo %{element-name}\n  - make -C ${index} install\n`;
      const sources = `sources:\n- kind: origin\n  url: up:file-${index}\n  ref: "${index}"\n`;
      write(
        `elements/${name(index)}`,
        `kind: own\n${index < 2 ? below.split("\n").slice(0, 2).join("\n") : below}\n${config}${sources}`,
      );
    }
    write(
      "elements/all.bst",
      `kind: stack\ndepends:\n${Array.from({ length: count }, (_, index) => `- ${name(index)}\n`).join("")}`,
    );
    return directory;
  };
}
