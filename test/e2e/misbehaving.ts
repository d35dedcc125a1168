/** Things that plugins do wrong while they work, and a part of the one error that comes of each. */

export interface Misdeed {
  readonly name: string;
  /** The method that does it. */
  readonly method: "configure_sandbox" | "stage" | "assemble" | "fetch" | "track" | "stage_source";
  /** Python statements, one a line. */
  readonly body: string;
  /** What the error says; undefined where the work succeeds nevertheless. */
  readonly says: string | undefined;
}

const raising: readonly (readonly [name: string, body: string, says: string])[] = [
  ["value", "raise ValueError('no good')", "ValueError: no good"],
  ["exit", "import sys; sys.exit(3)", "sys.exit(3)"],
  ["base", "raise BaseException('odd')", "BaseException: odd"],
  ["interrupt", "raise KeyboardInterrupt()", "KeyboardInterrupt"],
  ["attribute", "self.nothing_like_it", "AttributeError"],
  ["kill", "os.kill(os.getpid(), 9)", "its process ended"],
  ["hang", "while True: pass", "for 2 seconds"],
];

const of = (method: Misdeed["method"]): readonly Misdeed[] =>
  raising.map(([name, body, says]) => ({ name: `${name}-${method.replace("_", "-")}`, method, body, says }));

/** Those of elements. */
export const elements: readonly Misdeed[] = [
  ...of("stage"),
  ...of("assemble"),
  { name: "early", method: "configure_sandbox", body: "raise ValueError('early')", says: "ValueError: early" },
  { name: "quit", method: "assemble", body: "os._exit(0)", says: "its process ended" },
  { name: "abort", method: "assemble", body: "os.abort()", says: "its process ended" },
  { name: "recursion", method: "assemble", body: "def f(): f()\nf()", says: "RecursionError" },
  { name: "memory", method: "assemble", body: "bytearray(1 << 60)", says: "MemoryError" },
  { name: "sleep", method: "assemble", body: "self.call(['sleep', '1000'])", says: "for 2 seconds" },
  { name: "number", method: "assemble", body: "return 5", says: "no path" },
  { name: "bytes", method: "assemble", body: "return b'/'", says: "no path" },
  { name: "nowhere", method: "assemble", body: "return '/nowhere'", says: "/nowhere" },
  {
    name: "unprintable",
    method: "assemble",
    body: "class E(Exception):\n    def __str__(self): raise RuntimeError()\nraise E()",
    says: "cannot be shown",
  },
  { name: "no-text", method: "assemble", body: "raise ElementError(None)", says: "without a word" },
  { name: "odd-text", method: "assemble", body: "raise ElementError(b'odd', detail=object())", says: "b'odd'" },
  { name: "escapes", method: "assemble", body: "raise ElementError('a\\x00b\\x1b[31m\\ud800')", says: "a" },
  { name: "flood", method: "assemble", body: "print('x\\n' * 500000)\nraise ElementError('flooded')", says: "flooded" },
  {
    name: "flood-errors",
    method: "assemble",
    body: "for _ in range(20000): sys.stderr.write('noise\\n')\nraise ElementError('noisy')",
    says: "noisy",
  },
  {
    name: "flood-line",
    method: "assemble",
    body: "for _ in range(2000): self.status('s' * 100)\nraise ElementError('chatty')",
    says: "chatty",
  },
  {
    name: "no-directory",
    method: "assemble",
    body: "import tempfile\nd = tempfile.mkdtemp()\nos.chdir(d)\nos.rmdir(d)\nself.call(['true'])",
    says: "FileNotFoundError",
  },
  {
    name: "close-all",
    method: "assemble",
    body: "os.closerange(0, 200)\nself.dependencies()\nraise ElementError('unheard')",
    says: "its process ended",
  },
  {
    name: "garbage",
    method: "assemble",
    body: "for fd in range(3, 60):\n    try: os.write(fd, b'garbage!' * 50)\n    except OSError: pass\nreturn '/'",
    says: "its process ended",
  },
  {
    name: "kill-group",
    method: "assemble",
    body: "import signal\nos.killpg(0, signal.SIGKILL)",
    says: "its process ended",
  },
  {
    name: "streams",
    method: "assemble",
    body: "sys.stdout.close()\nsys.stderr.close()\nos.close(1)\nos.close(2)\nreturn '/'",
    says: undefined,
  },
  {
    name: "child",
    method: "assemble",
    body: "import subprocess\nsubprocess.Popen(['sleep', '4711'])\nreturn '/'",
    says: undefined,
  },
  {
    name: "daemon",
    method: "assemble",
    body: "if os.fork() == 0:\n    os.setsid()\n    os.execvp('sleep', ['sleep', '4711'])\nreturn '/'",
    says: undefined,
  },
  {
    name: "far-daemon",
    method: "assemble",
    body: "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.execvp('sleep', ['sleep', '4711'])\n    os._exit(0)\nimport time\ntime.sleep(0.2)\nreturn '/'",
    says: undefined,
  },
  {
    name: "thread",
    method: "assemble",
    body: "import threading, time\nthreading.Thread(target=lambda: time.sleep(4711)).start()\nreturn '/'",
    says: undefined,
  },
  {
    name: "json",
    method: "assemble",
    body: "import json\njson.dumps = json.loads = None\nreturn '/'",
    says: undefined,
  },
  {
    name: "command",
    method: "assemble",
    body: "e = self.get_environment()\nsandbox.run(['sh', '-c', 'exit 3'], env=e)\nwith sandbox.batch():\n    sandbox.run(['sh', '-c', 'exit 4'], env=e)\nreturn '/'",
    says: "Command failed",
  },
  {
    name: "missing-command",
    method: "assemble",
    body: "sandbox.run(['no-such-program'], env=self.get_environment())\nreturn '/'",
    says: "do not provide command 'no-such-program'",
  },
  {
    name: "late-stage",
    method: "assemble",
    body: "self.stage_dependency_artifacts(sandbox)\nreturn '/'",
    says: "staged in stage()",
  },
  {
    name: "mode",
    method: "assemble",
    body: "with sandbox.get_virtual_directory().open_file('x', mode='q'): pass",
    says: "mode 'q'",
  },
  {
    name: "absolute",
    method: "assemble",
    body: "sandbox.get_virtual_directory().open_directory('/etc')",
    says: "must be relative",
  },
  {
    name: "missing",
    method: "assemble",
    body: "sandbox.get_virtual_directory().open_directory('missing')",
    says: "missing",
  },
  {
    name: "foreign",
    method: "assemble",
    body: "sandbox.get_virtual_directory().import_files('/no/such/directory')",
    says: "/no/such/directory",
  },
  { name: "public-data", method: "assemble", body: "self.set_public_data('bst', 5)", says: "AttributeError" },
  {
    name: "wrong-directory",
    method: "configure_sandbox",
    body: "sandbox.set_work_directory('relative')",
    says: "absolute",
  },
];

/** Those of sources. */
export const sources: readonly Misdeed[] = [
  ...of("fetch"),
  ...of("stage_source"),
  { name: "fetch-exit", method: "fetch", body: "os._exit(0)", says: "its process ended" },
  { name: "stage-outside", method: "stage_source", body: "os.rmdir(directory)", says: "" },
];

/** Those of sources that are tracked. */
export const tracked: readonly Misdeed[] = [
  ...of("track"),
  { name: "track-object", method: "track", body: "return object()", says: "A scalar node holds" },
  { name: "track-set", method: "track", body: "return {1, 2}", says: "A scalar node holds" },
  { name: "track-nan", method: "track", body: "return float('nan')", says: "A scalar node holds" },
];

/** A module whose class does it. */
export function module(misdeed: Misdeed, base: "Element" | "Source"): string {
  const indented = misdeed.body.split("\n").map((line) => `        ${line}`);
  const own: Record<string, string> = {
    configure_sandbox: "def configure_sandbox(self, sandbox):",
    stage: "def stage(self, sandbox):",
    assemble: "def assemble(self, sandbox):",
    fetch: "def fetch(self, **kwargs):",
    track: "def track(self, **kwargs):",
    stage_source: "def stage(self, directory):",
  };
  const methods =
    base === "Element"
      ? ["configure(self, node)", "preflight(self)", "configure_sandbox(self, sandbox)"]
      : ["preflight(self)", "load_ref(self, node)", "fetch(self, **kwargs)", "stage(self, directory)"];
  const rest =
    base === "Element"
      ? [
          "    def stage(self, sandbox): self.stage_dependency_artifacts(sandbox)",
          "    def assemble(self, sandbox): return '/'",
        ]
      : [
          "    def configure(self, node): self.ref = node.get_str('ref', None)",
          "    def get_ref(self): return self.ref",
          "    def set_ref(self, ref, node): node['ref'] = self.ref = ref",
          "    def is_cached(self): return os.path.exists(os.path.join(self.get_mirror_directory(), self._element_name))",
        ];
  return [
    "import os, sys",
    "from buildstream import Element, ElementError, Source",
    `class Wrong(${base}):`,
    '    BST_MIN_VERSION = "2.0"',
    ...methods.map((signature) => `    def ${signature}: pass`),
    `    def get_unique_key(self): return ${JSON.stringify(misdeed.name)}`,
    ...rest,
    `    ${own[misdeed.method]}`,
    ...indented,
    "def setup(): return Wrong",
    "",
  ].join("\n");
}
