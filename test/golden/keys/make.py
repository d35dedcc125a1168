#!/usr/bin/env python3
"""Has BuildStream compute the keys of the projects beside this script: projects/NAME -> NAME.json.

Run it with the Python that has buildstream, buildstream-plugins and buildstream-plugins-community installed. Besides the strong key that `show` prints, every
document that is hashed is observed: the weak key, the plugin's key and the sources' keys of each element are kept. Host tools that preflight checks look
for are replaced by programs that do nothing. Plugins without an entry point are put in place of
the files in projects/NAME/plugins; those of no package are looked for in $PLUGINS.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

OBSERVE = """
import json, sys
import buildstream._cachekey as cachekey
from buildstream.element import Element
from buildstream._frontend import cli

seen = []
original = Element._calculate_cache_key

def calculate(self, dependencies, weak_cache_key=None):
    key = original(self, dependencies, weak_cache_key)
    document = self._Element__cache_key_dict
    if key is not None and document is not None:
        seen.append((self._get_full_name(), weak_cache_key is None, key, document["element-plugin-key"], document["sources"]))
    return key

Element._calculate_cache_key = calculate
try:
    cli(prog_name="bst")
finally:
    json.dump(seen, open(sys.argv[0] + ".json", "w"))
"""

def main():
    for name in sorted(os.listdir(os.path.join(HERE, "projects"))):
        with tempfile.TemporaryDirectory() as work:
            project = os.path.join(work, name)
            shutil.copytree(os.path.join(HERE, "projects", name), project)
            import buildstream_plugins_community as community
            root = os.path.dirname(community.__file__)
            for stub in glob.glob(os.path.join(project, "plugins", "*", "*.py")):
                folder, kind = os.path.dirname(stub), os.path.basename(stub)[:-3]
                places = [os.path.join(root, os.path.basename(folder)), os.environ.get("PLUGINS", root)]
                for path in [found for place in places for found in glob.glob(os.path.join(place, kind + ".*"))]:
                    shutil.copy(path, folder)
                text = open(stub).read().replace("from ._", "from buildstream_plugins_community.sources._")
                open(stub, "w").write(text)
            tools = os.path.join(work, "bin")
            os.mkdir(tools)
            for tool in ("lzip", "bzr", "quilt", "ostree", "bazel", "git", "git-lfs", "patch", "cargo"):
                with open(os.path.join(tools, tool), "w") as f:
                    f.write("#!/bin/sh\necho git version 2.40.0\n")
                os.chmod(os.path.join(tools, tool), 0o755)
            config = os.path.join(work, "bst.conf")
            with open(config, "w") as f:
                f.write("cachedir: %s/cache\nsourcedir: %s/sources\nlogdir: %s/logs\n" % (work, work, work))
            script = os.path.join(work, "observe")
            with open(script, "w") as f:
                f.write(OBSERVE)
            modules = os.path.join(work, "modules")
            os.mkdir(modules)
            # Needed only to unpack, so an empty one will do.
            open(os.path.join(modules, "arpy.py"), "w").close()
            env = dict(os.environ, PATH=tools + ":" + os.path.dirname(sys.executable) + ":" + os.environ["PATH"], XDG_CACHE_HOME=work, PYTHONPATH=modules)
            command = [sys.executable, script, "-c", config, "--no-colors", "--max-jobs", "2", "show", "--deps", "all", "--format", "%{name} %{full-key}", "all.bst"]
            result = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
            if result.returncode != 0:
                sys.exit(result.stderr)
            elements = {}
            for line in result.stdout.splitlines():
                if line:
                    full, key = line.split()
                    elements[full] = {"strong": None if "?" in key else key, "weak": None}
            for full, weak, key, plugin, sources in json.load(open(script + ".json")):
                entry = elements.get(full)
                if entry is not None and weak:
                    entry.update(weak=key, plugin=plugin, sources=sources)
            with open(os.path.join(HERE, name + ".json"), "w") as f:
                json.dump({"elements": elements}, f, indent=1, sort_keys=True)
                f.write("\n")
            print(name, len(elements))

main()
